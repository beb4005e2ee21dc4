import type { Param, Sql } from "@souk/postgres";
import type { BookedCharge, Check, View } from "../../cli/verify/check.ts";
import { checks } from "../../cli/verify/verify.ts";
import { statementOf } from "../../platform/postgres/statement.ts";
import { encode } from "../../platform/postgres/values.ts";
import type { Database } from "../../platform/testing/simulation/postgres/index.ts";
import type { Shop } from "./shop.ts";
import { emptyDatabase, execute } from "./templates.ts";

/** Reads one database of a run as it is committed now. */
const reader = (db: Database): Sql =>
  // as: the caller of a tag names the rows' type, nothing can check it
  (async (strings: TemplateStringsArray, ...values: Param[]) =>
    execute(db, statementOf(strings).text, values.map(encode))) as unknown as Sql;

function viewOf(shop: Shop): View {
  return {
    database: (service) => reader(shop.postgres.has(service) ? shop.postgres.database(service) : emptyDatabase()),
    bus: reader(shop.database("bus")),
    async book() {
      const charges = shop.database("card-simulator").committed("charges");
      // as: the provider's own columns
      return charges.filter(({ reference }) => reference !== "") as unknown as BookedCharge[];
    },
  };
}

/** Checks that ask for tables of services that are not simulated. */
const notHere = new Set<Check>();

/** `souk verify`, on the simulated databases. @returns what is wrong */
export async function verify(shop: Shop): Promise<string[]> {
  const view = viewOf(shop);
  const found: string[] = [];
  for (const check of checks) {
    if (notHere.has(check)) continue;
    try {
      const { problems } = await check.look(view);
      found.push(...problems.map(({ text }) => `${check.name}: ${text}`));
    } catch (error) {
      if (!isMissingTable(error)) throw error;
      notHere.add(check);
    }
  }
  return found;
}

const isMissingTable = (error: unknown) => error instanceof Error && "code" in error && error.code === "42P01";
