export type Zone = { readonly code: string; readonly name: string; readonly countries: string[] };
export type ZoneRate = {
  readonly zone: string;
  readonly method: "standard" | "express" | "pickup";
  readonly currency: string;
  readonly maxWeightGrams: number;
  readonly minValue?: number;
  readonly amount: number;
};
export type RateTable = { zones: Zone[]; rates: ZoneRate[] };

/** What is wrong with a table of rates, in a sentence each; empty when nothing is. */
export function problemsOf({ zones, rates }: RateTable): string[] {
  const problems: string[] = [];
  const repeated = (keys: readonly string[]) => [...new Set(keys.filter((key, i) => keys.indexOf(key) !== i))];
  for (const code of repeated(zones.map(({ code }) => code))) problems.push(`The zone ${code} is there twice.`);
  for (const country of repeated(zones.flatMap(({ countries }) => [...new Set(countries)])))
    problems.push(`${country === "*" ? "The rest of the world" : country} is in two zones.`);
  const known = new Set(zones.map(({ code }) => code));
  for (const zone of new Set(rates.map(({ zone }) => zone)))
    if (!known.has(zone)) problems.push(`There is no zone ${zone}.`);
  const places = rates.map(({ zone, method, currency, maxWeightGrams, minValue = 0 }) =>
    [zone, method, currency, `up to ${maxWeightGrams} g`, `from ${minValue}`].join(" "),
  );
  for (const place of repeated(places)) problems.push(`There are two rates for ${place}.`);
  return problems;
}

/** The table as the others get it: each rate with its countries, and no zones to look up. */
export const published = ({ zones, rates }: RateTable) =>
  rates.map(({ zone, minValue, ...rate }) => ({
    ...rate,
    countries: [...(zones.find(({ code }) => code === zone)?.countries ?? [])],
    ...(minValue !== undefined && minValue > 0 && { minValue }),
  }));
