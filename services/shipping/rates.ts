import type { Publish } from "@souk/messaging";
import type { Db } from "@souk/postgres";
import { type Rate, shipping } from "./contract.ts";
import { rateStore, replaceRates, takeUnpublishedRates } from "./db/rates.ts";
import { problemsOf, published, type RateTable } from "./domain/rate-table.ts";
import { errors } from "./errors.ts";

type Deps = { db: Db; publish: Publish };

/** The table of rates: managed as a whole, and told to the others as a whole. */
export const rateTable = ({ db, publish }: Deps) => ({
  rates: (): Promise<Rate[]> => rateStore(db).rates(),

  async shown() {
    const { version, managed, rates } = await rateStore(db).managed();
    return { version, ...(managed ?? zoned(rates)) };
  },

  /** @throws errors.RatesInvalid, errors.RatesChanged */
  async replace(version: number, table: RateTable) {
    const problems = problemsOf(table);
    if (problems.length > 0) throw errors.RatesInvalid({ problems });
    const replaced = await db.tx((tx) => replaceRates(tx, version, table, published(table)));
    if (!replaced) throw errors.RatesChanged({ version });
    return { version: version + 1, ...table };
  },

  /** Tells the others of new rates, once. */
  publishNew: (): Promise<void> =>
    db.tx(async (tx) => {
      const changed = await takeUnpublishedRates(tx);
      if (!changed) return;
      const { rates, version } = changed;
      await publish(tx, shipping.events.ratesChanged, { subject: "rates", sequence: version, data: { rates } });
    }),
});
export type Rates = ReturnType<typeof rateTable>;

/** The zones that are in a table which nobody has managed yet: each set of countries is one. */
function zoned(rates: readonly Rate[]): {
  zones: { code: string; name: string; countries: string[] }[];
  rates: (Omit<Rate, "countries"> & { zone: string })[];
} {
  const sets = [...new Set(rates.map(({ countries }) => countries.join()))];
  const codeOf = (countries: string) =>
    countries === "*" ? "world" : sets.length <= 2 ? "home" : `zone-${sets.indexOf(countries) + 1}`;
  return {
    zones: sets.map((countries) => ({
      code: codeOf(countries),
      name: codeOf(countries),
      countries: countries.split(","),
    })),
    rates: rates.map(({ countries, ...rate }) => ({ zone: codeOf(countries.join()), ...rate })),
  };
}
