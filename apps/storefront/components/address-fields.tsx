import { SelectField, TextField } from "@souk/ui";
import { countries } from "../api/shipping.ts";
import { useWords, type Words } from "../i18n/index.tsx";
import type { Check, useFields } from "./use-fields.ts";

export type AddressTexts = {
  name: string;
  line1: string;
  line2: string;
  city: string;
  region: string;
  postalCode: string;
  country: string;
};
export const emptyAddress = (country: string): AddressTexts => ({
  name: "",
  line1: "",
  line2: "",
  city: "",
  region: "",
  postalCode: "",
  country,
});

const withRegion: ReadonlySet<string> = new Set(["US", "CA", "AU", "IE", "IT", "ES", "JP"]);

export const checkAddress =
  ({ t }: Words): Check<AddressTexts> =>
  ({ name, line1, city, postalCode }) => ({
    name: name.trim() === "" ? t("address.name.missing") : undefined,
    line1: line1.trim() === "" ? t("address.line1.missing") : undefined,
    city: city.trim() === "" ? t("address.city.missing") : undefined,
    postalCode: postalCode.trim() === "" ? t("address.postalCode.missing") : undefined,
  });

/** The address as the shop wants it: what was left empty is left out. */
export const addressOf = ({ name, line1, line2, city, region, postalCode, country }: AddressTexts) => ({
  name: name.trim(),
  line1: line1.trim(),
  ...(line2.trim() !== "" && { line2: line2.trim() }),
  city: city.trim(),
  ...(region.trim() !== "" && withRegion.has(country) && { region: region.trim() }),
  postalCode: postalCode.trim(),
  country,
});

type Fields = Pick<ReturnType<typeof useFields<AddressTexts>>, "field" | "values">;

/** @param purpose the browser may fill them in: "shipping" or "billing" */
export function AddressFields({ fields, purpose }: { readonly fields: Fields; readonly purpose: string }) {
  const { t, country } = useWords();
  const { field, values } = fields;
  const auto = (what: string) => `${purpose} ${what}`;
  return (
    <div className="address-fields">
      <TextField {...field("name")} label={t("address.name")} autoComplete={auto("name")} maxLength={120} />
      <SelectField {...field("country")} label={t("address.country")} autoComplete={auto("country")}>
        {countries.map((code) => (
          <option key={code} value={code}>
            {country(code)}
          </option>
        ))}
      </SelectField>
      <TextField {...field("line1")} label={t("address.line1")} autoComplete={auto("address-line1")} maxLength={200} />
      <TextField
        {...field("line2")}
        label={t("address.line2")}
        optional={t("optional")}
        autoComplete={auto("address-line2")}
        maxLength={200}
      />
      <div className="address-town">
        <TextField
          {...field("postalCode")}
          label={t("address.postalCode")}
          autoComplete={auto("postal-code")}
          maxLength={20}
        />
        <TextField {...field("city")} label={t("address.city")} autoComplete={auto("address-level2")} maxLength={120} />
      </div>
      {withRegion.has(values.country) && (
        <TextField
          {...field("region")}
          label={t("address.region")}
          optional={t("optional")}
          autoComplete={auto("address-level1")}
          maxLength={120}
        />
      )}
    </div>
  );
}
