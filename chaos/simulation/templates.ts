import { readdirSync } from "node:fs";
import { busMigrations } from "@souk/messaging/transports/postgres";
import type { MigrationSet } from "@souk/postgres";
import { migrationSets } from "@souk/service";
import { Catalog, Database, define, Server, Session } from "../../platform/testing/simulation/postgres/index.ts";
import cardSimulator from "../../services/card-simulator/service.ts";
import inventory from "../../services/inventory/service.ts";
import orders from "../../services/orders/service.ts";
import payments from "../../services/payments/service.ts";
import shipping from "../../services/shipping/service.ts";
import { migrationText } from "./plant.ts";
import { busDatabase, configOf } from "./replica.ts";

export const services = { orders, inventory, payments, "card-simulator": cardSimulator, shipping } as const;
export type ServiceName = keyof typeof services;

const directoryOf = (name: string) => new URL(`../../services/${name}/`, import.meta.url);

/** Runs one statement, alone. */
export function execute(db: Database, text: string, values: readonly unknown[] = []): Record<string, unknown>[] {
  const result = new Session(db).start({ text, values });
  if (!result) throw new Error(`has to wait: ${text}`);
  return result.rows;
}

function migrated(name: string, sets: readonly MigrationSet[], server: Server): Database {
  const db = new Database(name, new Catalog(), server);
  for (const { directory } of sets)
    for (const file of readdirSync(directory).sort())
      if (file.endsWith(".sql")) define(db, migrationText(new URL(file, directory)));
  return db;
}

export const skus = ["tea", "cup"] as const;
/** Few enough that orders run into each other. */
const stockPerSku = 4;
export const price = { tea: 500, cup: 1_200 } as const;

/** Fewer than there are customers in some runs. */
const promotion = {
  promotionId: "00000000-0000-7000-8000-00000000cafe",
  name: "Ten percent off",
  code: null,
  effect: { kind: "percentage", of: "order", percent: 10 },
  conditions: {},
  limits: { uses: 2 },
  status: "active",
};

export const addressee = {
  name: "A Guest",
  line1: "Somewhere 1",
  city: "Anywhere",
  postalCode: "10000",
  country: "DE",
};

/** The provider's documented test cards, as it tokenises them. */
async function tokenOf(number: string): Promise<string> {
  const unused = () => Promise.reject(new Error("making a token asks nobody"));
  const clock = { now: () => 0, monotonic: () => 0, after: () => () => {} };
  // as: the one route that is called needs no more than this
  const deps = {
    config: configOf(cardSimulator),
    db: unused,
    clock,
    newId: () => "",
    newSecret: () => "nonce",
    log: {},
  };
  const { routes } = cardSimulator.wire(deps as unknown as Parameters<typeof cardSimulator.wire>[0]);
  const request = { body: { number, expYear: 2040, expMonth: 12, cvc: "123" } };
  const { token } = (await routes.tokenize(request as Parameters<typeof routes.tokenize>[0])) as { token: string };
  return token;
}
export const paymentTokens = {
  good: await tokenOf("4242424242424242"),
  declined: await tokenOf("4000000000000002"),
  slow: await tokenOf("4000000000000341"),
  hanging: await tokenOf("4000000000000119"),
};

let made: readonly Database[] | undefined;
let empty: Database | undefined;

/** Of a service that is not simulated: the chassis' tables, and nothing in them. */
export function emptyDatabase(): Database {
  empty ??= migrated("empty", migrationSets(inventory, new URL("nowhere/", import.meta.url)), templateServer());
  return empty;
}

const templateServer = () =>
  new Server({ now: () => Date.UTC(2030, 0, 1), chance: () => 0.5, ended() {}, notify() {} });

/** Every service's database as its own migrations make it, with something to sell. Made once per thread, copied for each run. */
export function templates(): readonly Database[] {
  if (made) return made;
  const server = templateServer();
  const own = Object.entries(services).map(([name, definition]) =>
    migrated(name, migrationSets(definition, directoryOf(name)), server),
  );
  const bus = migrated(busDatabase, [busMigrations], server);
  made = [...own, bus];
  const of = (name: string) => made?.find((db) => db.name === name) as Database; // as: they are all there
  const at = "2030-01-01T00:00:00.000Z";
  for (const sku of skus) {
    execute(of("inventory"), "select outcome from book_stock('receipt', $1, 'main', $2, null, 'simulation', $3)", [
      sku,
      stockPerSku,
      at,
    ]);
    execute(
      of("orders"),
      "insert into offers (sku, product_id, title, amount, currency, weight_grams, on_sale, version) values ($1, $2, $1, $3, 'EUR', 100, true, 1)",
      [sku, "00000000-0000-7000-8000-00000000feed", price[sku]],
    );
    execute(of("orders"), "insert into stock (sku, available, sequence) values ($1, $2, 1)", [sku, stockPerSku]);
  }
  execute(of("inventory"), "delete from unannounced");
  execute(of("inventory"), "update items set version = 1, low = true");
  const rate = { method: "standard", currency: "EUR", countries: ["*"], maxWeightGrams: 100_000, amount: 490 };
  execute(of("orders"), "insert into promotions (promotion_id, rule, live, version) values ($1, $2, true, 1)", [
    promotion.promotionId,
    JSON.stringify(promotion),
  ]);
  execute(of("orders"), "insert into shipping_rates (rates, sequence) values ($1, 1)", [JSON.stringify([rate])]);
  execute(of("shipping"), "update rate_table set published = version");
  return made;
}
