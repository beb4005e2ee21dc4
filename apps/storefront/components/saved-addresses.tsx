import { RadioCard } from "@souk/ui";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { type Address, addressesQuery } from "../api/addresses.ts";
import { api } from "../api/client.ts";
import { useSignedIn } from "../api/session.ts";
import { useWords } from "../i18n/index.tsx";
import type { AddressTexts, addressOf } from "./address-fields.tsx";

const textsOf = ({ name, line1, line2 = "", city, region = "", postalCode, country }: Address): AddressTexts => ({
  ...{ name, line1, line2, city, region, postalCode, country },
});

/**
 * Where the parcel goes: to an address that the account keeps, or to a new one.
 * @param fill puts an address into the form that is sent
 */
export function useSavedAddress(fill: (texts: AddressTexts) => void) {
  const client = useQueryClient();
  const signedIn = useSignedIn();
  const { data: known = [] } = useQuery({ ...addressesQuery, enabled: signedIn });
  const [chosen, setChosen] = useState<string>();
  const [isKept, setKept] = useState(true);
  const choose = (address: Address | undefined) => {
    setChosen(address?.id ?? "new");
    if (address) fill(textsOf(address));
  };
  const usual = known.find(({ defaultShipping }) => defaultShipping) ?? known[0];
  // Once they have come, and nobody has chosen yet.
  // biome-ignore lint/correctness/useExhaustiveDependencies: `choose` is another one each time, and does the same
  useEffect(() => {
    if (chosen === undefined && usual) choose(usual);
  }, [chosen, usual]);
  return {
    known,
    chosen,
    choose,
    isNew: known.length === 0 || chosen === "new",
    isKept,
    setKept,
    /** For next time, if that is wished; the order does not wait for it. */
    keep(address: ReturnType<typeof addressOf>): void {
      if (!signedIn || !isKept || !(known.length === 0 || chosen === "new")) return;
      const kept = api.users.addAddress({ body: address });
      void kept.then(() => client.invalidateQueries({ queryKey: addressesQuery.queryKey })).catch(() => {}); // it can be typed again
    },
  };
}

export function SavedAddresses({ saved }: { readonly saved: ReturnType<typeof useSavedAddress> }) {
  const { t, country } = useWords();
  const { known, chosen, choose } = saved;
  if (known.length === 0) return null;
  return (
    <fieldset className="stack-tight">
      <legend className="visually-hidden">{t("checkout.saved")}</legend>
      {known.map((address) => (
        <RadioCard
          key={address.id}
          name="saved-address"
          checked={chosen === address.id}
          onChange={() => choose(address)}
        >
          <strong>{address.name}</strong>
          <span className="small soft">
            {[address.line1, address.line2, `${address.postalCode} ${address.city}`, country(address.country)]
              .filter(Boolean)
              .join(", ")}
          </span>
        </RadioCard>
      ))}
      <RadioCard name="saved-address" checked={chosen === "new"} onChange={() => choose(undefined)}>
        {t("checkout.otherAddress")}
      </RadioCard>
    </fieldset>
  );
}
