import assert from "node:assert/strict";
import { test } from "node:test";
import { anyone, defineContract, event, get, Type } from "@souk/contract";
import { diagram } from "./diagram.ts";

const paid = event("payments.captured.v1", "Money came in.", Type.Object({}));
const payments = defineContract({ name: "payments", endpoints: {}, events: { paid } });
const cards = defineContract({
  name: "card-simulator",
  endpoints: { book: get("/internal/book", { summary: "Show the book", access: anyone, returns: Type.Object({}) }) },
  events: {},
});
const orders = defineContract({ name: "orders", endpoints: {}, events: {} });

test("the picture shows who calls whom and who hears of what", () => {
  const picture = diagram([
    { contract: cards, calls: {}, consumes: [] },
    { contract: orders, calls: { payments }, consumes: [paid] },
    { contract: payments, calls: { cards }, consumes: [] },
  ]);
  assert.equal(
    picture,
    `flowchart LR
  card_simulator["card-simulator"]
  orders["orders"]
  payments["payments"]
  orders --> payments
  payments --> card_simulator
  payments -. "payments.captured.v1" .-> orders`,
  );
});
