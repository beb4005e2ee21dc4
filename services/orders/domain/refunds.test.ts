import { test } from "node:test";
import { given } from "@souk/testing";
import { errors } from "../errors.ts";
import {
  approved,
  arrived,
  askedFor,
  confirmed,
  grant,
  granted,
  parcel,
  receive,
  snapshot,
} from "./after-sale.fixture.ts";
import { order } from "./order.ts";
import type { Command, Event } from "./order-state.ts";

test("nobody is promised more than was taken and is neither given back nor promised", () => {
  given(order, confirmed).when(grant("f1", 4_240)).then(granted("f1", 4_240));
  given(order, confirmed)
    .when(grant("f1", 4_241))
    .rejects(errors.RefundTooLarge, { requested: 4_241, refundable: 4_240 });
  given(order, [...confirmed, granted("f1", 4_000)])
    .when(grant("f2", 241))
    .rejects(errors.RefundTooLarge, { requested: 241, refundable: 240 });
  const failed: Event = { type: "refund failed", refundId: "f1", why: "" };
  given(order, [...confirmed, granted("f1", 4_000), failed])
    .when(grant("f2", 4_240))
    .then(granted("f2", 4_240));
  given(order, [...confirmed, granted("f1", 4_000), failed, granted("f2", 241)])
    .when({ type: "retry refund", refundId: "f1" })
    .rejects(errors.RefundTooLarge);
  given(order, [{ type: "placed", order: snapshot }])
    .when(grant("f1", 1))
    .rejects(errors.NothingToRefund);
});

test("goods that are paid back by lines and come back all the same are not paid for again", () => {
  const paidBack: Event = {
    type: "refund granted",
    refundId: "f0",
    amount: 1_250,
    reason: "Broken",
    lines: [{ sku: "cup", quantity: 3 }],
  };
  given(order, arrived)
    .when({ type: "grant refund", refundId: "f0", reason: "Broken", lines: [{ sku: "cup", quantity: 3 }] })
    .then(paidBack);
  given(order, [...arrived, paidBack, askedFor(2), approved])
    .when(receive(2))
    .then({
      type: "return received",
      returnId: "r1",
      lines: [{ sku: "cup", quantity: 2, condition: "sellable" }],
      value: 0,
    });
  given(order, [...arrived, paidBack])
    .when({ type: "grant refund", refundId: "f1", reason: "Broken", lines: [{ sku: "cup", quantity: 1 }] })
    .rejects(errors.NotReturnable);
});

test("a refund is executed once, whether payments' event or its answer comes first", () => {
  const executed: Event = { type: "refund executed", refundId: "f1", refunded: 500 };
  const told: Command = { type: "record refund", refundId: "f1", refunded: 500, amount: 500 };
  given(order, [...confirmed, granted("f1", 500)])
    .when(told)
    .then(executed);
  given(order, [...confirmed, granted("f1", 500)])
    .when({ type: "execute refund", refundId: "f1" })
    .then(executed);
  given(order, [...confirmed, granted("f1", 500), executed])
    .when(told)
    .then();
  given(order, [...confirmed, granted("f1", 500), executed])
    .when({ type: "execute refund", refundId: "f1" })
    .then();
});

test("money that somebody else gave back is told apart from what was granted here, in any order", () => {
  const foreign: Command = { type: "record refund", refunded: 800, amount: 300 };
  given(order, [...confirmed, granted("f1", 500)])
    .when(foreign)
    .then({ type: "refunded", refunded: 300 });
  given(order, [...confirmed, granted("f1", 500), { type: "refunded", refunded: 300 }])
    .when({ type: "execute refund", refundId: "f1" })
    .then({ type: "refund executed", refundId: "f1", refunded: 800 });
});

test("an order is not cancelled while money is being given back, and a disputed one is not paid back twice", () => {
  given(order, [...confirmed, granted("f1", 500)])
    .when({ type: "request cancel", by: "customer" })
    .rejects(errors.CannotCancel);
  const dispute = { disputeId: "d", amount: 4_240, reason: "fraudulent" };
  given(order, [...confirmed, { type: "dispute opened", ...dispute }])
    .when(grant("f1", 1))
    .rejects(errors.RefundTooLarge);
  given(order, [
    ...confirmed,
    { type: "dispute opened", ...dispute },
    { type: "dispute closed", outcome: "won", ...dispute },
  ])
    .when(grant("f1", 1))
    .then(granted("f1", 1));
});

test("a parcel that holds more than was ordered is somebody's mistake, and changes nothing", () => {
  given(order, arrived)
    .when({ type: "dispatch", parcel: parcel("s9", { sku: "cup", quantity: 1 }) })
    .rejects(errors.ParcelDoesNotFit);
});
