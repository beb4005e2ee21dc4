import { Button, Checkbox, TextField } from "@souk/ui";
import { ChevronDown } from "lucide-react";
import { type ReactNode, useEffect, useState } from "react";
import type { Facets } from "../api/search.ts";
import { useWords } from "../i18n/index.tsx";
import type { SearchParams } from "../search-params.ts";
import { useCurrency } from "../state/preferences.ts";
import { optionName, optionValueName } from "./option-name.ts";

type Set = (part: { readonly [K in keyof SearchParams]?: SearchParams[K] | undefined }) => void;
type Props = {
  readonly facets: Facets | undefined;
  readonly search: SearchParams;
  readonly set: Set;
  readonly fixed?: "category" | undefined;
};

/** So many kinds of options and attributes, and so many values of each: the most frequent come first. */
const mostOptions = 8;
const mostValues = 14;

type GroupProps = { readonly title: string; readonly closed?: boolean; readonly children: ReactNode };
const Group = ({ title, closed = false, children }: GroupProps) => (
  <details className="disclosure" open={!closed}>
    <summary>
      <span className="capital">{title}</span> <ChevronDown size={18} aria-hidden="true" />
    </summary>
    <div className="filter-group">{children}</div>
  </details>
);

export function Filters({ facets, search, set, fixed }: Props) {
  const words = useWords();
  const { t } = words;
  const categories = facets?.category?.filter(({ parent }) => parent === null || parent === undefined) ?? [];
  const brands = facets?.brand ?? [];
  const options = facets?.options?.filter(({ values }) => values.length > 1).slice(0, mostOptions) ?? [];
  const chosen = search.option ?? [];
  const toggle = (option: string, on: boolean) => {
    const next = on ? [...chosen, option] : chosen.filter((other) => other !== option);
    set({ option: next.length > 0 ? next : undefined });
  };
  return (
    <>
      {!fixed && categories.length > 0 && (
        <Group title={t("filters.category")}>
          {categories.map(({ value, name, count }) => (
            <Choice
              key={value}
              label={name}
              count={count}
              checked={search.category === value}
              onChange={(on) => set({ category: on ? value : undefined })}
            />
          ))}
        </Group>
      )}
      <Group title={t("filters.price")}>
        <PriceRange search={search} set={set} />
      </Group>
      <Group title={t("filters.availability")}>
        <Checkbox
          checked={search.stock ?? false}
          onChange={(event) => set({ stock: event.target.checked || undefined })}
        >
          {t("filters.inStock")}
        </Checkbox>
      </Group>
      {options.map(({ name, label: called, values }) => (
        <Group
          key={name}
          title={optionName(words, name, called)}
          closed={!chosen.some((one) => one.startsWith(`${name}:`))}
        >
          {values.slice(0, mostValues).map(({ value, name: label, count }) => (
            <Choice
              key={value}
              label={optionValueName(words, value, label)}
              count={count}
              checked={chosen.includes(`${name}:${value}`)}
              onChange={(on) => toggle(`${name}:${value}`, on)}
            />
          ))}
        </Group>
      ))}
      {brands.length > 0 && (
        <Group title={t("filters.brand")}>
          {brands.map(({ value, name, count }) => (
            <Choice
              key={value}
              label={name}
              count={count}
              checked={search.brand === value}
              onChange={(on) => set({ brand: on ? value : undefined })}
            />
          ))}
        </Group>
      )}
    </>
  );
}

type ChoiceProps = {
  readonly label: string;
  readonly count: number;
  readonly checked: boolean;
  readonly onChange: (on: boolean) => void;
};
const Choice = ({ label, count, checked, onChange }: ChoiceProps) => (
  <Checkbox checked={checked} onChange={(event) => onChange(event.target.checked)}>
    {label} <span className="soft small numeric">{count}</span>
  </Checkbox>
);

/** Whole units of the currency; takes effect when asked to, so that typing does not search. */
function PriceRange({ search, set }: { readonly search: SearchParams; readonly set: Set }) {
  const { t } = useWords();
  const currency = useCurrency();
  const [min, setMin] = useState(String(search.min ?? ""));
  const [max, setMax] = useState(String(search.max ?? ""));
  useEffect(() => {
    setMin(String(search.min ?? ""));
    setMax(String(search.max ?? ""));
  }, [search.min, search.max]);
  const digits = (text: string) => text.replace(/\D/g, "").slice(0, 6);
  return (
    <form
      className="price-range"
      onSubmit={(event) => {
        event.preventDefault();
        const [low, high] = [min === "" ? undefined : Number(min), max === "" ? undefined : Number(max)];
        const swapped = low !== undefined && high !== undefined && low > high;
        set(swapped ? { min: high, max: low } : { min: low, max: high || undefined });
      }}
    >
      <TextField
        label={t("filters.from", { currency })}
        inputMode="numeric"
        value={min}
        onChange={(event) => setMin(digits(event.target.value))}
      />
      <TextField
        label={t("filters.to", { currency })}
        inputMode="numeric"
        value={max}
        onChange={(event) => setMax(digits(event.target.value))}
      />
      <Button type="submit" size="small">
        {t("filters.apply")}
      </Button>
    </form>
  );
}
