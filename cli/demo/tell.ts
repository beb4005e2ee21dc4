import type { SpanNode } from "@souk/telemetry";
import type { Io } from "../io.ts";
import { table } from "../table.ts";
import { traceLines } from "../trace.ts";
import type { Deeds } from "./deeds.ts";
import type { Mail } from "./mails.ts";
import { written } from "./money.ts";
import type { Order } from "./shopper.ts";
import type { Declined, Told } from "./stories.ts";

/** The demo for people: each part as soon as it is known. */
export function teller(io: Io) {
  const { out, paint } = io;
  const good = paint("green", "✓");
  const dim = (text: string) => paint("dim", text);
  let stories = 0;

  const heading = (text: string) => {
    out("");
    out(paint("bold", text));
  };
  const story = (text: string) => heading(`${++stories}. ${text}`);
  const bought = ({ order, ms }: Told) =>
    `  ${good} order ${order.number} confirmed in ${ms} ms: ${lines(order)}; ${written(order.totals.total)} with shipping, paid`;
  const stock = (sku: string, expected: number, ...figures: number[]) => {
    const [mark, note] =
      figures.at(-1) === expected ? [good, ""] : [paint("yellow", "•"), "  (others shop at the same time)"];
    out(`  ${mark} stock of ${sku}: ${figures.join(" → ")}${note}`);
  };

  return {
    opened(address: string, temporary: boolean) {
      out(`${paint("bold", "Souk demo")} at ${address}${temporary ? dim("  (started for this; it goes again)") : ""}`);
    },
    loaded(products: number, skus: number) {
      out(`  ${good} nothing was on sale: loaded the sample catalogue, ${products} products, stock for ${skus} SKUs`);
    },
    confirmed(told: Told) {
      story("A guest buys something");
      out(bought(told));
      stock(told.goods.sku, told.stock.before - told.quantity, told.stock.before, told.stock.after);
    },
    declined({ goods, code, status, why, stock: figures }: Declined) {
      story("A card is declined");
      out(`  ${good} the shopper is told why: ${status} ${code}`);
      out(`    ${dim(why)}`);
      stock(goods.sku, figures.before, figures.before, figures.after);
    },
    cancelled(told: Told & { readonly during: number }) {
      story("A customer signs up, buys, and cancels before dispatch");
      out(bought(told));
      out(
        `  ${good} ${told.order.lifecycle}; ${written(told.order.refunded)} given back, payment ${told.order.payment}`,
      );
      stock(told.goods.sku, told.stock.before, told.stock.before, told.during, told.stock.after);
    },
    unanswered(told: Told & { readonly charges: readonly { readonly captured: number }[] }) {
      story("The card provider takes the money and never answers");
      out(bought(told));
      const { currency } = told.order.totals.total;
      const charges = told.charges.map(({ captured }) => written({ amount: captured, currency }));
      out(
        `  ${good} asked again with the same key; the provider's own book: ${charges.length} charge, ${charges.join(", ")}`,
      );
    },
    timeline({ number, timeline }: Order) {
      heading(`What became of order ${number}`);
      for (const line of table(
        timeline.map(({ at, what, detail }) => [`  ${dim(at.slice(11, 23))}`, what, detail ?? ""]),
      ))
        out(line.trimEnd());
    },
    mails(mails: readonly Mail[]) {
      heading("Mail that went out");
      if (mails.length === 0) out("  None to the built-in mail server: this shop writes through another one.");
      for (const line of table(mails.map((mail) => [`  ${dim(mail.receivedAt.slice(11, 23))}`, mail.to, mail.subject])))
        out(line);
    },
    trace(order: Order, id: string | undefined, roots: readonly SpanNode[]) {
      heading(`The trace of order ${order.number} ${dim(id ?? "")}`);
      if (roots.length === 0) out("  Not recorded: this shop keeps a part of its traces only.");
      for (const line of traceLines(roots, io)) out(`  ${line}`);
    },
    deeds(deeds: readonly Deeds[]) {
      if (deeds.length === 0) return;
      heading("What each service did for it");
      const rows = deeds.map(({ service, did, failed }) => [
        `  ${paint("cyan", service)}`,
        did.join("; ") + (failed > 0 ? paint("red", ` (${failed} failed)`) : ""),
      ]);
      for (const line of table(rows)) out(line);
    },
    ended(ms: number, temporary: boolean) {
      out("");
      const next = temporary ? "./souk up" : "./souk verify";
      out(`${good} All as promised. ${dim(`(${(ms / 1_000).toFixed(1)} s)`)}  Next: ${next}`);
    },
  };
}

const lines = ({ lines }: Order): string => lines.map(({ quantity, title }) => `${quantity} × ${title}`).join(", ");
