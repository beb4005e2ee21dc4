import type { Money } from "@souk/kernel";

/** Everything a template may mention. */
export type Facts = {
  readonly number: string;
  readonly lines?: readonly { title: string; quantity: number; total: Money }[];
  readonly total?: Money;
  readonly shipping?: Money;
  readonly amount?: Money;
  readonly trackingNumber?: string;
  readonly reason?: string;
};
export type Template = keyof typeof templates;
export type Message = { readonly subject: string; readonly text: string };

/** Minor units of currencies that do not have two decimals (ISO 4217). */
const decimals: Readonly<Record<string, number>> = {
  JPY: 0,
  KRW: 0,
  CLP: 0,
  VND: 0,
  ISK: 0,
  BHD: 3,
  KWD: 3,
  OMR: 3,
  TND: 3,
  JOD: 3,
};

/** `{ amount: 1999, currency: "EUR" }` → "19.99 EUR". */
export function formatMoney({ amount, currency }: Money): string {
  const places = decimals[currency] ?? 2;
  const digits = String(Math.abs(amount)).padStart(places + 1, "0");
  const whole = digits.slice(0, digits.length - places);
  const sign = amount < 0 ? "-" : "";
  return places === 0 ? `${sign}${whole} ${currency}` : `${sign}${whole}.${digits.slice(-places)} ${currency}`;
}

const table = (lines: Facts["lines"] = []) =>
  lines.map(({ quantity, title, total }) => `  ${quantity} × ${title}  ${formatMoney(total)}`).join("\n");
const amountLine = (label: string, money: Money | undefined) => (money ? `${label}: ${formatMoney(money)}\n` : "");

const templates = {
  "order-confirmed": ({ number, lines, shipping, total }: Facts): Message => ({
    subject: `Your order ${number} is confirmed`,
    text: `Thank you for your order ${number}.\n\n${table(lines)}\n\n${amountLine("Shipping", shipping)}${amountLine("Total", total)}\nWe write again when it is on its way.\n`,
  }),
  "order-rejected": ({ number, reason = "" }: Facts): Message => ({
    subject: `Your order ${number} could not be filled`,
    text: `We could not fill your order ${number} (${reason.replaceAll("_", " ")}).\n\nNothing was charged, or it was given back.\n`,
  }),
  "order-shipped": ({ number, trackingNumber = "" }: Facts): Message => ({
    subject: `Your order ${number} is on its way`,
    text: `A parcel of your order ${number} has left our warehouse.\n\nTracking number: ${trackingNumber}\n`,
  }),
  "order-cancelled": ({ number }: Facts): Message => ({
    subject: `Your order ${number} is cancelled`,
    text: `Your order ${number} is cancelled. Whatever was paid for it is given back.\n`,
  }),
  "payment-refunded": ({ number, amount }: Facts): Message => ({
    subject: `A refund for your order ${number}`,
    text: `We have given money back for your order ${number}.\n\n${amountLine("Refund", amount)}\nIt can take your bank some days to show it.\n`,
  }),
};

export const render = (template: Template, facts: Facts): Message => templates[template](facts);
