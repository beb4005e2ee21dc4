import assert from "node:assert/strict";
import { test } from "node:test";
import type { Shop } from "../shop/running-shop.ts";
import { sell } from "../shop/shopping.ts";

type Told = {
  readonly order: { readonly lifecycle: string };
  readonly stock: { readonly before: number; readonly after: number };
};

export function demo(shop: () => Shop): void {
  test("souk demo sells on the running shop, and shows what each service did", async () => {
    for (let i = 0; i < 4; i++) await sell(shop());
    const { code, out, err } = await shop().souk("demo", "--json");
    assert.equal(code, 0, err);
    // as: what the command promises to scripts
    const shown = JSON.parse(out) as Record<"confirmed" | "cancelled" | "unanswered", Told> & {
      readonly declined: { readonly code: string; readonly stock: Told["stock"] };
      readonly mails: readonly unknown[];
      readonly timeline: readonly { readonly what: string }[];
      readonly trace: readonly unknown[];
    };
    const { confirmed, declined, cancelled, unanswered } = shown;
    const soldOf = ({ stock }: Pick<Told, "stock">) => stock.before - stock.after;
    assert.deepEqual(
      [confirmed, cancelled, unanswered].map(({ order }) => order.lifecycle),
      ["confirmed", "cancelled", "confirmed"],
    );
    assert.deepEqual([declined.code, soldOf(declined)], ["orders.payment_declined", 0]);
    assert.deepEqual([soldOf(confirmed), soldOf(cancelled), soldOf(unanswered)], [2, 0, 1]);
    assert.equal(shown.timeline.at(-1)?.what, "Order cancelled");
    assert.ok(shown.mails.length >= 6 && shown.trace.length > 0);
  });

  test("souk demo tells people the same", async () => {
    const { code, out, err } = await shop().souk("demo");
    assert.equal(code, 0, err);
    for (const said of ["Order placed", "Order cancelled", "declined"])
      assert.ok(out.includes(said), `${said}:\n${out}`);
  });
}
