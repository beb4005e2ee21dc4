import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { ShopClient } from "../shop-client.ts";
import type { Reversal } from "./cancellations.ts";
import { openJournal } from "./journal.ts";
import { reverse } from "./reverse.ts";

const folder = await mkdtemp(join(tmpdir(), "souk-reverse-"));
after(() => rm(folder, { recursive: true }));

/** A shop in which everything takes a moment: what was asked of it, and how often. */
function slowShop() {
  const asked: string[] = [];
  const times = (what: string) => asked.filter((one) => one === what).length;
  const unit = (delivered: number) => ({ lines: [{ sku: "LAMP", quantity: 5, delivered }] });
  const answer = (method: string, path: string): { status: number; body: unknown } => {
    const what = `${method} ${path}`;
    asked.push(what);
    switch (what) {
      case "GET /v1/orders/o/shipments":
        return times(what) < 2
          ? { status: 404, body: {} }
          : { status: 200, body: { parcels: [{ trackingNumber: "SK1", status: "created" }] } };
      case "GET /v1/orders/o":
        return { status: 200, body: unit(times(what) < 3 ? 0 : 5) };
      case "POST /v1/orders/o/returns":
        return { status: 201, body: { return: { id: "r" } } };
      case "GET /v1/returns/r":
        return {
          status: 200,
          body: { status: times(what) < 2 ? "received" : "refunded", value: { amount: 600 }, lines: [] },
        };
      default:
        return { status: 200, body: {} };
    }
  };
  const shop = {
    call: async (method: string, path: string) => ({ ...answer(method, path), traceparent: undefined }),
    must: async (method: string, path: string) => answer(method, path).body,
  } as unknown as ShopClient; // as: what reverse uses of it
  return { shop, asked, times };
}
const reversal: Reversal = {
  sale: { number: "1", at: "2010-12-01 09:00", customer: "1", country: "France", sales: [] },
  cart: "1",
  cancellation: {
    ...{ invoice: "C2", at: "2010-12-02 09:00", customer: "1", country: "France" },
    ...{ sku: "LAMP", quantity: 3, unitAmount: 200 },
  },
  quantity: 3,
};
const noPause = async () => {};
const operator = async () => "token";

test("what is cancelled is collected first, sent back, taken in and refunded; a second run asks for nothing", async () => {
  const path = join(folder, "whole.jsonl");
  const { shop, asked, times } = slowShop();
  const journal = await openJournal(path);
  await journal.put({ key: "1", cartId: "c", outcome: { accepted: true, amount: 1_000, orderId: "o" } });
  const back = reverse({ shop, journal, operator, pause: noPause });
  assert.deepEqual(await back("1", [reversal]), { value: 600 });
  assert.deepEqual(
    asked.filter((what) => what.startsWith("POST")),
    [
      "POST /v1/shipments/SK1/collected",
      "POST /v1/orders/o/returns",
      "POST /v1/returns/r/approve",
      "POST /v1/returns/r/receive",
    ],
  );
  assert.equal(times("GET /v1/returns/r"), 2);
  await journal.close();

  const again = await openJournal(path);
  const count = asked.length;
  assert.deepEqual(await reverse({ shop, journal: again, operator, pause: noPause })("1", [reversal]), { value: 600 });
  assert.equal(asked.length, count);
  await again.close();
});

test("what reverses an order that was refused is not asked for", async () => {
  const { shop, asked } = slowShop();
  const journal = await openJournal(join(folder, "refused.jsonl"));
  await journal.put({ key: "1", cartId: "c", outcome: { accepted: false, amount: 0, reason: "orders.out_of_stock" } });
  const back = reverse({ shop, journal, operator, pause: noPause });
  assert.deepEqual(await back("1", [reversal]), { value: 0, reason: "order_rejected" });
  assert.deepEqual(asked, []);
  await journal.close();
});

test("an order that never arrives is an error that says so", async () => {
  const { shop } = slowShop();
  const journal = await openJournal(join(folder, "never.jsonl"));
  await journal.put({ key: "1", cartId: "c", outcome: { accepted: true, amount: 1_000, orderId: "lost" } });
  const back = reverse({
    ...{ journal, operator, pause: noPause },
    shop: { ...shop, call: async () => ({ status: 404, body: {}, traceparent: undefined }) },
  });
  await assert.rejects(back("1", [reversal]), /a parcel of order lost did not happen/);
  await journal.close();
});
