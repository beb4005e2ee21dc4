import { pagePolicy } from "@souk/http";
import { Html, html } from "@souk/kernel";
import type { Address } from "./domain/order.ts";

const style = `
body { margin: 2rem auto; max-width: 32rem; padding: 0 1rem; background: #fff; color: #000; font: 1rem/1.5 system-ui, sans-serif }
.label { border: 2px solid #000; padding: 1.5rem } .number { font: 700 1.75rem/1.2 ui-monospace, monospace; letter-spacing: .05em }
h2 { font-size: .8rem; margin: 1.25rem 0 .25rem; text-transform: uppercase; letter-spacing: .08em } p { margin: 0 } address { font-style: normal }
table { width: 100%; margin-top: 1.5rem; border-collapse: collapse } th, td { text-align: left; padding: .25rem 0; border-bottom: 1px solid #999 }`;

export const labelHeaders = { "content-security-policy": pagePolicy(style), "cache-control": "no-store" };

type Label = {
  readonly number: string;
  readonly from: Address;
  /** Lines are divided by commas. */
  readonly to: string;
  readonly lines: readonly { readonly title: string; readonly quantity: number }[];
};

/** What is printed and put on the parcel, and below it what belongs into it. */
export const labelPage = ({ number, from, to, lines }: Label): string =>
  `<!doctype html>\n${
    html`<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Return ${number}</title><style>${new Html(style)}</style></head><body><main><section class="label"><p class="number">${number}</p><h2>To</h2><address>${linesOf(to.split(","))}</address><h2>From</h2><address>${linesOf(senderOf(from))}</address></section><table><thead><tr><th>In this parcel</th><th>Quantity</th></tr></thead><tbody>${lines.map(
      ({ title, quantity }) => html`<tr><td>${title}</td><td>${String(quantity)}</td></tr>`,
    )}</tbody></table></main></body></html>`.markup
  }\n`;

const linesOf = (lines: readonly string[]) => lines.map((line) => html`<p>${line.trim()}</p>`);
const senderOf = ({ name, line1, line2, city, region, postalCode, country }: Address): string[] =>
  [name, line1, line2, `${postalCode} ${city}`, region, country].filter((line) => line !== undefined);
