import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import pg from "pg";
import { carrierBrings } from "../shop/carrier.ts";
import { eventually } from "../shop/client.ts";
import type { Corruption } from "../shop/corruptions/corruption.ts";
import { corruptions } from "../shop/corruptions.ts";
import { returned, settledReturn } from "../shop/returning.ts";
import type { Shop, Verdict } from "../shop/running-shop.ts";
import {
  cards,
  cartWith,
  checkout,
  type Order,
  openCart,
  orderOf,
  type Page,
  payWith,
  sell,
} from "../shop/shopping.ts";

const broken = ({ checks }: Verdict) => checks.filter(({ ok }) => !ok).map(({ name }) => name);

export function verifying(shop: () => Shop): void {
  const databases = new Map<string, pg.Client>();
  /** Checks that some corruption has broken. */
  const caught = new Set<string>();

  /** As the superuser, past every trigger and foreign key: nobody else could corrupt anything. */
  async function database(name: string): Promise<pg.Client> {
    const known = databases.get(name);
    if (known) return known;
    const client = new pg.Client({ connectionString: await shop().databaseUrl(name) });
    await client.connect();
    databases.set(name, client);
    await client.query("set session_replication_role = replica");
    return client;
  }
  after(() => Promise.all([...databases.values()].map((client) => client.end())));

  /** Orders of every kind of end, all of them at rest: what the suites before left, or some of its own. */
  before(async () => {
    if ((await countOf("completed")) < 1 || (await countOf("rejected")) < 2) await trade();
    await openCart(shop());
    const { holder, returnId } = await returned(shop(), await sell(shop()), { ordered: 3, sellable: 1, damaged: 1 });
    await settledReturn(shop(), returnId, holder);
    await eventually("nothing is wrong and nothing on its way", async () => (await shop().verify(0)).ok);
  });

  async function countOf(lifecycle: string): Promise<number> {
    const token = await shop().token("operator");
    const path = `/v1/orders?limit=1&lifecycle=${lifecycle}`;
    return (await shop().http.must<Page<Order>>("GET", path, { token })).pagination.total;
  }

  async function trade(): Promise<void> {
    const sku = await sell(shop());
    const good = await payWith(shop(), cards.good);
    const declined = await payWith(shop(), cards.declined);
    // Two of them: which steps can be undone, verify learns from those that were.
    for (let i = 0; i < 2; i++) {
      const refused = await cartWith(shop(), { [sku]: 1 });
      assert.equal((await checkout(shop(), refused, { paymentToken: declined, wait: 10 })).status, 422);
    }
    const bought = await cartWith(shop(), { [sku]: 2 });
    const { order } = (await checkout(shop(), bought, { paymentToken: good, wait: 10 })).body;
    await carrierBrings(shop(), order.id, "delivered");
    await eventually("delivered", async () => (await orderOf(shop(), order.id, bought)).lifecycle === "completed");
  }

  for (const corruption of corruptions)
    test(`sees it when ${corruption.what}`, async () => {
      const found = await during(corruption, () => shop().verify(0));
      // As the one before was repaired, this also proves that verify is silent again.
      assert.deepEqual(
        broken(found).map((name) => corruption.breaks.find((start) => name.startsWith(start)) ?? name),
        corruption.breaks,
      );
      for (const name of broken(found)) caught.add(name);
      const told = found.checks.flatMap(({ problems = [] }) => problems);
      assert.ok(told.length > 0 && told.every((text) => text.length > 10), "and says what is wrong");
    });

  test("what the services found of each other's books is listed, and settled when somebody says so", async () => {
    assert.deepEqual(
      await shop()
        .souk("reconcile")
        .then(({ code, err }) => [code, err]),
      [0, ""],
    );
    const lost: Corruption = {
      what: "an order that was paid is not known",
      database: "orders",
      tables: ["differences"],
      sql: `insert into differences (order_id, kind, ours, theirs, found_at, listed_at, look_at)
            select order_id, 'amount_differs', 'order completed', 'payment captured', now(), now(), now() + interval '1 hour'
            from orders where lifecycle = 'completed' order by order_id limit 1`,
      breaks: [],
    };
    const listed = await during(lost, () => shop().souk("reconcile"));
    assert.match(listed.out, /amount_differs .* order completed +payment captured/);
    assert.equal(listed.code, 1);
    const order = /[0-9a-f]{8}-[0-9a-f-]{27}/.exec(listed.out)?.[0] ?? "";
    const { out } = await shop().souk("reconcile", "settle", order);
    assert.equal(out, `Nothing was open of order ${order}.\n`, "the books agree by now");
  });

  test("is silent when everything is repaired, and has no check that was never seen to fail", async () => {
    const { ok, checks } = await shop().verify(60);
    assert.ok(ok);
    assert.deepEqual(
      checks.map(({ name }) => name).filter((name) => !caught.has(name)),
      [],
    );
  });

  /** Puts back exactly the rows that the corruption changed: the shop goes on while verify looks. */
  async function during<T>(corruption: Corruption, look: () => Promise<T>): Promise<T> {
    const client = await database(corruption.database);
    const tables = corruption.tables.map((table, i) => ({ table, was: `was_${i}`, is: `is_${i}` }));
    const each = (statements: (names: (typeof tables)[number]) => string) => tables.map(statements).join(";");
    await client.query(`begin; lock table ${corruption.tables.join(", ")} in exclusive mode;
      ${each(({ table, was }) => `create temporary table ${was} as table ${table}`)}; ${corruption.sql};
      ${each(
        ({
          table,
          was,
          is,
        }) => `create temporary table ${is} as select t.* from ${table} t where t::text not in (select w::text from ${was} w);
        delete from ${was} w where w::text in (select t::text from ${table} t)`,
      )}; commit`);
    try {
      return await look();
    } finally {
      await client.query(
        `begin; ${each(
          ({ table, was, is }) => `delete from ${table} t where t::text in (select i::text from ${is} i);
        insert into ${table} overriding system value table ${was}; drop table ${was}, ${is}`,
        )}; commit`,
      );
      if (corruption.after) await client.query(corruption.after);
    }
  }
}
