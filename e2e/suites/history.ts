import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { Shop } from "../shop/running-shop.ts";

const sales = `InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
1001,11111,LAMP,5,12-01-2010 09:00,2.00,501,France
1001,22222,MUG,2,12-01-2010 09:00,1.50,501,France
1002,11111,LAMP,3,12-02-2010 09:00,2.00,502,Germany
1003,22222,MUG,4,12-02-2010 09:00,1.50,,United Kingdom
C1004,11111,LAMP,-2,12-03-2010 09:00,2.00,501,France
C1005,22222,MUG,-1,12-03-2010 09:00,1.50,,United Kingdom
C1006,11111,LAMP,-1,12-04-2010 09:00,9.99,502,Germany
1007,POST,POSTAGE,1,12-04-2010 09:00,18.00,502,Germany
C1008,11111,LAMP,-9,12-05-2010 09:00,2.00,502,Germany
`;
type Orders = { data: { fulfilment: string; lines: { sku: string }[] }[] };
type Stock = { available: number; reserved: number };

export function history(shop: () => Shop): void {
  test("a history is sold again and taken back, and adds up to what the file says, however often it is run", async () => {
    const file = join(shop().home, "sales.csv");
    await writeFile(file, sales);
    const run = async () => {
      const { code, out, err } = await shop().souk("import", file, "--replay-orders", "--json");
      assert.equal(code, 0, err);
      return JSON.parse(out);
    };
    const token = await shop().token("operator");
    const stock = () =>
      Promise.all(
        ["11111", "22222"].map(async (sku) => {
          const { available, reserved } = await shop().http.must<Stock>("GET", `/v1/inventory/${sku}`, { token });
          return [available, reserved];
        }),
      );

    const report = await run();
    assert.deepEqual([report.lines, report.products, report.customers, report.orders.accepted], [9, 2, 2, 3]);
    assert.deepEqual(report.skipped, { cancellation: 4, not_a_product: 1 });
    assert.deepEqual(report.revenue, { file: 2_500, orders: 2_500 });
    const { accepted, rejected, unmatched, net } = report.returns;
    assert.deepEqual([accepted, rejected], [3, 0]);
    assert.deepEqual(unmatched, [
      { invoice: "C1006", sku: "11111", quantity: 1, amount: 999 },
      { invoice: "C1008", sku: "11111", quantity: 6, amount: 1_200 },
    ]);
    // 25.00 less 2 × 2.00, 1 × 1.50 and 3 × 2.00
    assert.deepEqual(net, { file: 1_350, shop: 1_350, differing: { days: 0, countries: 0, products: 0 } });
    // What was received is twice what the file sells: of each product 16 and 12.
    const after = await stock();
    assert.deepEqual(after, [
      [16 - 8 + 5, 0],
      [12 - 6 + 1, 0],
    ]);

    const { data } = await shop().http.must<Orders>("GET", "/v1/orders?limit=100", { token });
    const theirs = data.filter(({ lines }) => lines.some(({ sku }) => sku === "11111" || sku === "22222"));
    assert.deepEqual(
      theirs.map(({ fulfilment }) => fulfilment),
      ["delivered", "delivered", "delivered"],
      "all are picked up",
    );

    assert.deepEqual(await run(), report, "a second run finds everything done");
    assert.deepEqual(await stock(), after);
  });
}
