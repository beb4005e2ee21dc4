import { pagePolicy } from "@souk/http";
import { Html, html } from "@souk/kernel";
import type { Address } from "./contract.ts";
import type { ReturnParcel } from "./db/return-parcels.ts";
import { code128 } from "./domain/code128.ts";

const style = `
@page { size: A5; margin: 10mm }
body { margin: 2rem auto; max-width: 32rem; padding: 0 1rem; background: #fff; color: #000; font: 1rem/1.45 system-ui, sans-serif }
.label { border: 2px solid #000; padding: 1rem } .small { font-size: .8rem } .to { font-size: 1.25rem; font-weight: 600 }
p { margin: 0 0 .75rem; white-space: pre-line } svg { width: 100%; height: 5rem } .number { text-align: center; font-family: monospace; letter-spacing: .1em }
@media print { .help { display: none } body { margin: 0 auto } }`;

export const labelHeaders = {
  "content-security-policy": pagePolicy(style),
  "cache-control": "no-store",
  "referrer-policy": "no-referrer",
};

type Label = {
  parcel: ReturnParcel;
  /** Undefined once it was forgotten where the order went. */
  from: Address | undefined;
  to: readonly string[];
};

/** A return label to print: whence, where to, and the tracking number as a barcode. */
export const labelPage = ({ parcel: { trackingNumber, lines, validUntil }, from, to }: Label): string =>
  `<!doctype html>\n${
    html`<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex"><title>Return label ${trackingNumber}</title><style>${new Html(style)}</style></head><body><main>
<p class="help">Print this page, put it on the parcel so that the bars are not bent, and hand the parcel to the carrier by ${validUntil.slice(0, 10)}.</p>
<div class="label"><p class="small">From
${from ? postal(from).join("\n") : ""}</p><p class="to"><span class="small">To</span>
${to.join("\n")}</p>${barcode(trackingNumber)}<p class="number">${trackingNumber}</p></div>
<p class="small">In this parcel:
${lines.map(({ sku, quantity }) => `${quantity} × ${sku}`).join("\n")}</p></main></body></html>`.markup
  }\n`;

const postal = ({ name, line1, line2, city, region, postalCode, country }: Address): string[] =>
  [name, line1, line2, `${postalCode} ${city}`, region, country].filter((line): line is string => Boolean(line));

const quietModules = 10;
const height = 40;

function barcode(text: string): Html {
  let x = quietModules;
  const bars = code128(text).map((width, i) => {
    const bar = i % 2 === 0 ? html`<rect x="${x}" y="0" width="${width}" height="${height}"/>` : html``;
    x += width;
    return bar;
  });
  return html`<svg viewBox="0 0 ${x + quietModules} ${height}" preserveAspectRatio="none" role="img" aria-label="Barcode ${text}">${bars}</svg>`;
}
