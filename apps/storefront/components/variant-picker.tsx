import type { Variant } from "../api/search.ts";
import { colourIn, css } from "../art/palette.ts";
import { useWords } from "../i18n/index.tsx";
import { optionName } from "./option-name.ts";
import { type OptionGroup, optionGroups, variantWith } from "./variants.ts";

type Props = {
  readonly variants: readonly Variant[];
  readonly current: Variant;
  readonly choose: (variant: Variant) => void;
};

/** One group of choices for each option that the variants differ in; without options the variants themselves. */
export function VariantPicker({ variants, current, choose }: Props) {
  const words = useWords();
  const { t } = words;
  if (variants.length < 2) return null;
  const groups = optionGroups(variants);
  if (groups.length === 0)
    return (
      <fieldset className="options">
        <legend className="field-label">{t("product.choose")}</legend>
        <div className="options-values">
          {variants.map((variant) => (
            <Option
              key={variant.sku}
              group="variant"
              value={variant.title}
              checked={variant.sku === current.sku}
              isThere={variant.inStock}
              onChoose={() => choose(variant)}
            />
          ))}
        </div>
      </fieldset>
    );
  const choosable = groups.filter(({ values }) => values.length > 1);
  return choosable.map(({ name, values }: OptionGroup) => (
    <fieldset className="options" key={name}>
      <legend className="field-label">
        <span className="capital">{optionName(words, name)}</span>:{" "}
        <span className="soft capital">{current.options[name]}</span>
      </legend>
      <div className="options-values">
        {values.map((value) => {
          const variant = variantWith(variants, current, name, value);
          return (
            <Option
              key={value}
              group={name}
              value={value}
              checked={current.options[name] === value}
              isThere={variant?.inStock ?? false}
              onChoose={() => variant && choose(variant)}
            />
          );
        })}
      </div>
    </fieldset>
  ));
}

type OptionProps = {
  readonly group: string;
  readonly value: string;
  readonly checked: boolean;
  readonly isThere: boolean;
  readonly onChoose: () => void;
};

function Option({ group, value, checked, isThere, onChoose }: OptionProps) {
  const { t } = useWords();
  const colour = /colou?r|shade|glaze/i.test(group) ? colourIn(value) : undefined;
  return (
    <label className="option" data-there={isThere}>
      <input type="radio" className="visually-hidden" name={group} checked={checked} onChange={onChoose} />
      {colour && <span className="option-colour" style={{ background: css(colour) }} />}
      <span className="capital">{value}</span>
      {!isThere && <span className="visually-hidden">, {t("product.soldOut")}</span>}
    </label>
  );
}
