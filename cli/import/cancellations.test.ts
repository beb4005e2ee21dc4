import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { test } from "node:test";
import { matchCancellations } from "./cancellations.ts";
import { readOnlineRetail } from "./online-retail.ts";
import { differences, noRevenue, revenueOfFile, total } from "./revenue.ts";

const header = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country";
const read = (...lines: string[]) => readOnlineRetail(Readable.from([[header, ...lines].join("\n")]));
const lamp = (
  invoice: string,
  quantity: number,
  day: string,
  { price = "2.00", customer = "1", country = "France" } = {},
) => `${invoice},11111,LAMP,${quantity},12-${day}-2010 09:00,${price},${customer},${country}`;
async function matched(...lines: string[]) {
  const { invoices, cancellations } = await read(...lines);
  const { reversals, unmatched } = matchCancellations(invoices, cancellations);
  return {
    reversals: reversals.map(({ cart, cancellation, quantity }) => [cancellation.invoice, cart, quantity]),
    unmatched: unmatched.map(({ invoice, quantity }) => [invoice, quantity]),
  };
}

test("a cancellation reverses the latest sale before it, and then the one before that", async () => {
  assert.deepEqual(await matched(lamp("1", 5, "01"), lamp("2", 3, "02"), lamp("C3", -4, "03"), lamp("4", 9, "04")), {
    reversals: [
      ["C3", "2", 3],
      ["C3", "1", 1],
    ],
    unmatched: [],
  });
});

test("every unit is reversed once at most, and what is left over is said", async () => {
  assert.deepEqual(await matched(lamp("1", 5, "01"), lamp("C2", -4, "02"), lamp("C3", -4, "03")), {
    reversals: [
      ["C2", "1", 4],
      ["C3", "1", 1],
    ],
    unmatched: [["C3", 3]],
  });
});

test("somebody else's sale, another price and a sale that came later are not reversed", async () => {
  const sold = [lamp("1", 5, "02"), lamp("2", 5, "02", { customer: "" })];
  const back = [
    lamp("C1", -1, "03", { customer: "2" }),
    lamp("C2", -1, "03", { price: "1.99" }),
    lamp("C3", -1, "01"),
    lamp("C4", -1, "03", { customer: "", country: "Norway" }),
  ];
  const { reversals, unmatched } = await matched(...sold, ...back);
  assert.deepEqual(reversals, []);
  assert.deepEqual(unmatched.map(([invoice]) => invoice).toSorted(), ["C1", "C2", "C3", "C4"]);
  assert.deepEqual((await matched(...sold, lamp("C5", -1, "03", { customer: "" }))).reversals, [["C5", "2", 1]]);
});

test("two prices of a product in one invoice are two orders, and each is reversed by its own", async () => {
  const both = [lamp("1", 2, "01"), lamp("1", 3, "01", { price: "1.50" })];
  assert.deepEqual((await matched(...both, lamp("C2", -3, "02", { price: "1.50" }))).reversals, [["C2", "1/2", 3]]);
});

test("discounts, postage and cancellations of nothing take no product back", async () => {
  const { cancellations, skipped } = await read(
    "C1,D,Discount,-1,12-01-2010 09:00,27.50,1,France",
    "C2,POST,POSTAGE,-1,12-01-2010 09:00,18.00,1,France",
    lamp("C3", 2, "01"),
    lamp("C4", -2, "01", { price: "0" }),
    lamp("C5", -2, "01"),
  );
  assert.deepEqual(
    cancellations.map(({ invoice, quantity }) => [invoice, quantity]),
    [["C5", 2]],
  );
  assert.deepEqual(skipped, { cancellation: 5 });
});

test("revenue is sales less what came back, each on its own day, and a difference is seen in every view", async () => {
  const { invoices, cancellations } = await read(
    lamp("1", 5, "01"),
    lamp("2", 1, "02", { customer: "2", country: "Norway" }),
    lamp("C3", -2, "03"),
    lamp("C4", -7, "03", { customer: "9" }),
  );
  const revenue = revenueOfFile(invoices, matchCancellations(invoices, cancellations).reversals);
  assert.deepEqual(
    [...revenue.day],
    [
      ["2010-12-01", 1_000],
      ["2010-12-02", 200],
      ["2010-12-03", -400],
    ],
  );
  assert.deepEqual(
    [...revenue.country],
    [
      ["France", 600],
      ["Norway", 200],
    ],
  );
  assert.deepEqual([[...revenue.product], total(revenue)], [[["11111", 800]], 800]);
  assert.deepEqual(differences(revenue, revenue), { days: 0, countries: 0, products: 0 });
  assert.deepEqual(differences(revenue, noRevenue()), { days: 3, countries: 2, products: 1 });
});
