import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { test } from "node:test";
import { cartsOf, readLine, readOnlineRetail } from "./online-retail.ts";

const header = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country";
const file = (...lines: string[]) => Readable.from([[header, ...lines].join("\n")]);
const line = (over: Record<string, string> = {}) =>
  readLine({
    InvoiceNo: "536365",
    StockCode: "85123A",
    Description: "LAMP",
    Quantity: "6",
    InvoiceDate: "12-01-2010 08:26",
    UnitPrice: "2.55",
    CustomerID: "17850",
    Country: "France",
    ...over,
  });

test("every kind of dirt is named", () => {
  const reasons = [
    line({ InvoiceNo: "C536379" }),
    line({ InvoiceNo: "A563185" }),
    line({ StockCode: "POST" }),
    line({ StockCode: "BANK CHARGES" }),
    line({ Quantity: "0" }),
    line({ Quantity: "-3" }),
    line({ UnitPrice: "0" }),
    line({ UnitPrice: "-11062.06" }),
    line({ Quantity: "many" }),
    line({ InvoiceDate: "" }),
    line({ UnitPrice: "" }),
  ];
  assert.deepEqual(reasons, [
    ...[
      "cancellation",
      "adjustment",
      "not_a_product",
      "not_a_product",
      "quantity_not_positive",
      "quantity_not_positive",
    ],
    ...["price_not_positive", "price_not_positive", "malformed", "malformed", "malformed"],
  ]);
});

test("the latest description and price of a product count, and lines add up to the revenue", async () => {
  const retail = await readOnlineRetail(
    file(
      "1,22632,HAND WARMER,2,12-02-2010 09:00,1.85,17850,France",
      "2,22632,,3,12-03-2010 09:00,2.10,,United Kingdom",
      "3,22632,OLD NAME,1,12-01-2010 09:00,1.00,17851,Norway",
      "C4,22632,HAND WARMER,-2,12-04-2010 09:00,1.85,17850,France",
      "5,POST,POSTAGE,1,12-04-2010 09:00,18.00,17850,France",
    ),
  );
  const product = retail.products.get("22632");
  assert.deepEqual([product?.title, product?.unitAmount, product?.units], ["HAND WARMER", 210, 6]);
  assert.equal(retail.revenue, 2 * 185 + 3 * 210 + 100);
  assert.deepEqual(retail.skipped, { cancellation: 1, not_a_product: 1 });
  assert.equal(retail.lines, 5);
  assert.deepEqual(
    retail.invoices.map(({ number, customer }) => [number, customer]),
    [
      ["3", "17851"],
      ["1", "17850"],
      ["2", undefined],
    ],
  );
});

test("a stray quote costs the lines that it swallows, each of which is counted, and nothing else", async () => {
  const sale = (invoice: number, title: string) =>
    `${invoice},2263${invoice},${title},1,12-02-2010 09:00,1.00,501,France`;
  const closed = await readOnlineRetail(
    file(
      sale(1, '"LAMP, RED"'),
      "",
      sale(2, '"OPEN'),
      sale(3, 'MUG 6" WIDE'),
      sale(4, 'MUG 9" WIDE'),
      sale(5, '"A ""B"""'),
    ),
  );
  assert.deepEqual([closed.lines, closed.skipped, closed.revenue], [5, { malformed: 2 }, 300]);
  assert.equal(closed.products.get("22635")?.title, 'A "B"');

  const open = await readOnlineRetail(file(sale(1, "LAMP"), sale(2, '"OPEN'), sale(3, "MUG"), sale(4, "CUP")));
  assert.deepEqual([open.lines, open.skipped, open.revenue], [4, { malformed: 3 }, 100]);
});

test("a SKU twice in an invoice is one line at one price, and two carts at two", () => {
  const sale = (sku: string, quantity: number, unitAmount: number) => ({ sku, quantity, unitAmount });
  const invoice = {
    number: "1",
    at: "",
    customer: undefined,
    country: "",
    sales: [sale("a", 1, 100), sale("a", 2, 100), sale("a", 1, 90), sale("b", 1, 50)],
  };
  assert.deepEqual(cartsOf(invoice), [[sale("a", 3, 100), sale("b", 1, 50)], [sale("a", 1, 90)]]);
});
