import { test } from "node:test";
import { given } from "@souk/testing";
import { errors } from "../errors.ts";
import { approved, arrived, ask, askedFor, reason, receive } from "./after-sale.fixture.ts";
import { anonymous } from "./anonymous.ts";
import { order } from "./order.ts";
import type { Command, Event } from "./order-state.ts";

const plate = { sku: "plate", quantity: 1, unitAmount: 400, title: "Plate", weightGrams: 500 };
const exchanged: Event = { type: "exchange ordered", returnId: "r1", orderId: "x1", amount: 400 };

test("a replacement is sent when what came back pays for it, and the difference is given back", () => {
  given(order, arrived)
    .when({ ...ask(1), exchange: [{ ...plate, unitAmount: 451 }] } as Command)
    .rejects(errors.ExchangeCostsMore, { costs: 451, worth: 417 });
  const wanted = { ...askedFor(2), exchange: [plate] } as Event;
  const lines = [{ sku: "cup", quantity: 2, condition: "sellable" as const }];
  const received: Event = { type: "return received", returnId: "r1", lines, value: 833 };
  const rest: Event = { type: "refund granted", refundId: "f1", amount: 433, reason, returnId: "r1" };
  given(order, [...arrived, wanted, approved])
    .when(receive(2))
    .then(received, exchanged, rest);
});

test("when less comes back than the replacement costs, its price is given back instead", () => {
  const wanted = { ...askedFor(3), exchange: [{ ...plate, quantity: 3 }] } as Event;
  given(order, [...arrived, wanted, approved])
    .when(receive(1))
    .then(
      {
        type: "return received",
        returnId: "r1",
        lines: [{ sku: "cup", quantity: 1, condition: "sellable" }],
        value: 417,
      },
      { type: "exchange given up", returnId: "r1", why: "What came back does not pay for it." },
      { type: "refund granted", refundId: "f1", amount: 417, reason, returnId: "r1" },
    );
});

test("of somebody who was erased meanwhile the price is given back: a replacement would go nowhere", () => {
  const wanted = { ...askedFor(2), exchange: [plate] } as Event;
  const lines = [{ sku: "cup", quantity: 2, condition: "sellable" as const }];
  given(order, [...arrived, wanted, approved].map(anonymous))
    .when(receive(2))
    .then(
      { type: "return received", returnId: "r1", lines, value: 833 },
      { type: "exchange given up", returnId: "r1", why: "Whoever it was for is not known any more." },
      { type: "refund granted", refundId: "f1", amount: 833, reason, returnId: "r1" },
    );
});

test("a replacement that is not sent after all is paid back, once", () => {
  const wanted = { ...askedFor(1), exchange: [plate] } as Event;
  const lines = [{ sku: "cup", quantity: 1, condition: "sellable" as const }];
  const received: Event = { type: "return received", returnId: "r1", lines, value: 416 };
  const undo: Command = { type: "undo exchange", returnId: "r1", refundId: "f2", why: "Sold out." };
  const past = [...arrived, wanted, approved, received, exchanged];
  const givenUp: Event = { type: "exchange given up", returnId: "r1", why: "Sold out." };
  given(order, past)
    .when(undo)
    .then(givenUp, { type: "refund granted", refundId: "f2", amount: 400, reason: "The replacement was not sent." });
  given(order, [...past, givenUp])
    .when(undo)
    .then();
});
