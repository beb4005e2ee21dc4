import { pagePolicy } from "@souk/http";
import { Html, html } from "@souk/kernel";
import type { Method } from "./db/shipments.ts";
import type { Status } from "./domain/journey.ts";

const style = `
:root { color-scheme: light dark; --ink: #1d2129; --paper: #fbfaf7; --soft: #5c616b; --accent: #a3401f }
@media (prefers-color-scheme: dark) { :root { --ink: #e9e6df; --paper: #17181b; --soft: #a2a5ad; --accent: #f0916b } }
body { margin: 10vh auto; max-width: 30rem; padding: 0 1.25rem; background: var(--paper); color: var(--ink); font: 1rem/1.6 system-ui, sans-serif }
h1 { font-size: 1.4rem } ol { padding-left: 1.2rem } li::marker { color: var(--accent) } .soft { color: var(--soft) }`;

export const pageHeaders = { "content-security-policy": pagePolicy(style), "cache-control": "no-store" };

const words: Readonly<Record<Status, string>> = {
  created: "Being prepared",
  dispatched: "Has left our warehouse",
  in_transit: "On its way",
  delivered: "Delivered",
  lost: "Lost by the carrier; we will write to you",
  cancelled: "Cancelled",
};

/** Of what is picked up; it goes no way between the two. */
const pickupWords = { ...words, created: "Ready to be picked up", delivered: "Picked up" };
const isLeg = (status: Status) => status === "dispatched" || status === "in_transit";

type Parcel = {
  trackingNumber: string;
  method: Method;
  status: Status;
  events: readonly { status: Status; at: string }[];
};

/** Where a parcel is, for whoever follows the link in the mail. */
export function trackingPage({ trackingNumber, method, status, events }: Parcel): string {
  const isPickup = method === "pickup";
  const said = isPickup ? pickupWords : words;
  const shown = isPickup ? events.filter((event) => !isLeg(event.status)) : events;
  return `<!doctype html>\n${
    html`<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Parcel ${trackingNumber}</title><style>${new Html(style)}</style></head><body><main><p class="soft">Parcel ${trackingNumber}</p><h1>${said[status]}</h1><ol>${shown.map(
      (event) =>
        html`<li>${said[event.status]} <time class="soft" datetime="${event.at}">${event.at.slice(0, 16).replace("T", " ")} UTC</time></li>`,
    )}</ol></main></body></html>`.markup
  }\n`;
}
