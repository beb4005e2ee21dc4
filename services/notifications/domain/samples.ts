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
    totals: {
      ...{ subtotal: 132_250, discount: 10_000, shipping: 490, tax: 19_603, total: 142_343 },
      discounts: [
        { name: "Spring <sale>", amount: 9_510 },
        { name: "Free shipping", amount: 490 },
      ],
      taxes: [
        { name: "VAT", percent: 16, included: false, amount: 19_603 },
        { name: "Levy", percent: 0.5, included: true, amount: 661 },
      ],
    },
    shippingMethod: "standard",
    shippingAddress: { name, line1: "1 Market Street", city: "Berlin", postalCode: "10115", country: "DE" },
  },
  "pickup-ready": { number, lines, pickUpAt: ["Souk", "1 Warehouse Street", "10115 Berlin"] },
  "order-rejected": { number, reason: "out_of_stock" },
  "order-shipped": { number, trackingNumber: "SK0123456789ABCDEF", trackingUrl: url, lines },
  "parcel-lost": { number, trackingNumber: "SK0123456789ABCDEF", lines },
  "order-cancelled": { number },
  "rest-cancelled": {
    ...{ number, currency: "EUR", notCharged: 132_740, charged: 9_603 },
    lines: lines.map((line, i) => ({ ...line, amount: [8_800, 123_450][i] ?? 0 })),
  },
  "payment-refunded": {
    number,
    amount: { amount: 1_390, currency: "EUR" },
    paid: { amount: 142_343, currency: "EUR" },
    refunded: { amount: 2_780, currency: "EUR" },
  },
  "return-requested": { number, returnNumber: "R-7K3M9", lines },
  "return-label": { number, labelUrl: url, until: "2030-01-31T12:00:00.000Z", lines },
  "return-rejected": { number, returnNumber: "R-7K3M9", why: "It was worn" },
  "return-received": { number, returnNumber: "R-7K3M9", value: { amount: 8_800, currency: "EUR" }, lines },
  "abandoned-cart": { shopUrl: url, lines },
  "low-stock": { sku: "LANTERN-BRASS-S", available: 3, threshold: 5 },
  "webhook-disabled": { url: "https://merchant.example/hooks", since: "2030-01-01T12:00:00.000Z", lastError: "503" },
};
