import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { type PricingLine, price } from "./pricing.ts";
import type { LivePromotion, TaxRate } from "./pricing-rules.ts";
import { valueOfUnits } from "./pricing-units.ts";
import { partsView } from "./pricing-view.ts";

const page = readFileSync(new URL("../../../docs/pricing.md", import.meta.url), "utf8");
const [, json = ""] = /```json\n(\{\n {2}"promotions"[\s\S]*?)```/.exec(page) ?? [];
type Rules = {
  promotions: Record<string, Pick<LivePromotion, "name" | "effect"> & Partial<LivePromotion>>;
  taxRates: Record<string, Pick<TaxRate, "code" | "name" | "country" | "percent"> & Partial<TaxRate>>;
};
const rules = JSON.parse(json) as Rules; // as: the page's own block, which the examples below check

/** The cells of the rows of the table whose header begins with these words. */
function rowsOf(header: string): string[][] {
  const [, table = ""] = page.split(`\n| ${header}`);
  const [head = "", ...rest] = table.split("\n\n");
  assert.ok(rest.length > 0);
  return head
    .split("\n")
    .slice(2)
    .map((row) =>
      row
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

function linesIn(cell: string): PricingLine[] {
  return cell.split(", ").map((text) => {
    const [, sku = "", quantity, unitAmount, fixed] = /^(\w+) (\d+)×(\d+)( fixed)?$/.exec(text) ?? [];
    assert.ok(sku, text);
    const isBook = sku === "BOOK";
    return {
      sku,
      quantity: Number(quantity),
      unitAmount: Number(unitAmount),
      taxClass: isBook ? "reduced" : "standard",
      categories: isBook ? ["books"] : ["kitchen"],
      ...(fixed && { fixed: true as const }),
    };
  });
}

/** `vip in US-NY`: a member of the group, to the region. */
function placeIn(cell: string) {
  const [, group, country, region] = /^(?:(\w+) in )?([A-Z]{2})(?:-(\w+))?$/.exec(cell) ?? [];
  return { groups: group ? [group] : [], destination: country ? { country, region } : undefined };
}

test("every worked example of the documentation comes out as it was worked out by hand", () => {
  const rows = rowsOf("# |");
  assert.ok(rows.length > 20);
  for (const row of rows) {
    const [n, currency = "", goods = "", names = "", to = "", shipping = "", ...expected] = row;
    const lines = linesIn(goods);
    const { groups, destination } = placeIn(to);
    const wanted = names.split(", ").filter((name) => name !== "");
    for (const name of wanted) assert.ok(rules.promotions[name] ?? rules.taxRates[name], `${n}: ${name}`);
    const priced = price({
      currency,
      lines,
      at: "2030-06-01T12:00:00.000Z",
      promotions: wanted.flatMap((promotionId): LivePromotion[] => {
        const rule = rules.promotions[promotionId];
        return rule ? [{ promotionId, code: null, conditions: {}, limits: {}, status: "active", ...rule }] : [];
      }),
      taxRates: wanted.flatMap((name): TaxRate[] => {
        const rule = rules.taxRates[name];
        const usual = {
          region: null,
          taxClasses: ["standard"],
          included: true,
          shipping: true,
          replaces: false,
          exemptGroups: [],
        };
        return rule ? [{ ...usual, ...rule }] : [];
      }),
      shopper: { isSignedIn: true, groups, isFirstOrder: true, uses: {} },
      destination,
      shipping: shipping === "" ? undefined : { method: "standard", amount: Number(shipping) },
    });
    const { subtotal, discount, tax, total } = priced.totals;
    const inside = [...priced.lines, priced.shipping]
      .flatMap(({ taxes = [] }) => taxes)
      .reduce((sum, { included, amount }) => sum + (included ? amount : 0), 0);
    const payable = lines.map(
      (line, i) => partsView(line.quantity * line.unitAmount, priced.lines[i] ?? {}, currency).payable.amount,
    );
    assert.deepEqual(
      [subtotal, discount, tax, inside, total].map(String).concat(payable.join(", ")),
      expected,
      `example ${n}`,
    );
  }
});

test("what the documentation says of giving back some units is so", () => {
  const rows = rowsOf("line |");
  assert.ok(rows.length > 4);
  for (const [goods = "", discount, tax, units, before, worth] of rows) {
    const [line] = linesIn(`CUP ${goods}`);
    assert.ok(line);
    const parts = {
      discounts: [{ promotionId: "p", code: null, name: "P", amount: Number(discount) }],
      taxes: [{ code: "T", name: "T", percent: 1, included: false, amount: Number(tax) }],
    };
    assert.equal(valueOfUnits({ ...line, ...parts }, Number(units), Number(before)).total, Number(worth));
  }
});
