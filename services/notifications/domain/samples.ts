import type { FactsOf } from "./facts.ts";

const name = "Anna Example";
const number = "7K3M9-Q2XHT";
const url = "https://shop.example/a-link-that-does-nothing";
const lines = [
  { title: "Pierced brass lantern, Small, 22 cm", quantity: 2 },
  { title: "Café glass <set of 6> & tray", quantity: 1 },
];

/** What previews are made of. The second line has characters in it that markup must not take for its own. */
export const samples: FactsOf = {
  welcome: { name, url },
  "verify-address": { name, url },
  "address-taken": { name, url },
  "address-changed": { name, url },
  "reset-password": { name, url },
  "password-changed": { name, url },
  "second-factor-changed": { name, url },
  "api-key-made": { name, url },
  "order-confirmed": {
    number,
    currency: "EUR",
    lines: lines.map((line, i) => ({ ...line, amount: [8_800, 123_450][i] ?? 0 })),
    totals: { subtotal: 132_250, discount: 10_000, shipping: 490, tax: 19_603, total: 142_343 },
    shippingMethod: "standard",
    shippingAddress: { name, line1: "1 Market Street", city: "Berlin", postalCode: "10115", country: "DE" },
  },
  "order-rejected": { number, reason: "out_of_stock" },
  "order-shipped": { number, trackingNumber: "SK0123456789ABCDEF", trackingUrl: url, lines },
  "order-cancelled": { number },
  "payment-refunded": { number, amount: { amount: 1_390, currency: "EUR" } },
  "return-label": { number, labelUrl: url, until: "2030-01-31T12:00:00.000Z", lines },
  "abandoned-cart": { cartUrl: url, lines },
  "low-stock": { sku: "LANTERN-BRASS-S", available: 3, threshold: 5 },
  "webhook-disabled": { url: "https://merchant.example/hooks", since: "2030-01-01T12:00:00.000Z", lastError: "503" },
};
