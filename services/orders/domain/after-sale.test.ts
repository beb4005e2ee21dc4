import assert from "node:assert/strict";
import { test } from "node:test";
import { given } from "@souk/testing";
import fc from "fast-check";
import { errors } from "../errors.ts";
import { quantitiesOf, refundable } from "./after-sale.ts";
import {
  type Command,
  type Event,
  type Existing,
  order,
  type Parcel,
  type Snapshot,
  type State,
  saleOf,
} from "./order.ts";

const snapshot: Snapshot = {
  orderId: "o1",
  number: "00000-00001",
  cartId: "c1",
  customerId: null,
  email: "shopper@example.com",
  currency: "EUR",
  lines: [
    { sku: "cup", quantity: 3, unitAmount: 450, title: "Cup", weightGrams: 300, discounts: [discount(100)] },
    { sku: "pot", quantity: 1, unitAmount: 2_500, title: "Pot", weightGrams: 900 },
  ],
  totals: { subtotal: 3_850, discount: 100, shipping: 490, tax: 0, total: 4_240 },
  shippingMethod: "standard",
  shippingAddress: { name: "A", line1: "1 Street", city: "Town", postalCode: "1", country: "DE" },
};
function discount(amount: number) {
  return { promotionId: "p", code: null, name: "Three cups", amount };
}

const parcel = (shipmentId: string, ...lines: Parcel["lines"]): Parcel => ({
  shipmentId,
  trackingNumber: shipmentId,
  lines,
});
const cups = parcel("s1", { sku: "cup", quantity: 3 });
const delivered = (one: Parcel): Event[] => [
  { type: "dispatched", parcel: one },
  { type: "delivered", parcel: one },
];
const confirmed: Event[] = [
  { type: "placed", order: snapshot },
  { type: "confirmed", paymentId: "p1", payment: "captured" },
];
const arrived: Event[] = [...confirmed, ...delivered(cups)];
const ask = (quantity: number, sku = "cup", returnId = "r1"): Command => ({
  type: "request return",
  returnId,
  lines: [{ sku, quantity, reason: "Too small" }],
  by: "customer",
});
const askedFor = (quantity: number, returnId = "r1"): Event => ({
  type: "return requested",
  returnId,
  lines: [{ sku: "cup", quantity, reason: "Too small" }],
  by: "customer",
});
const approved: Event = { type: "return approved", returnId: "r1" };
const receive = (sellable: number, damaged = 0, refundId = "f1"): Command => ({
  type: "receive return",
  returnId: "r1",
  refundId,
  exchangeOrderId: "x1",
  lines: [
    ...(sellable > 0 ? [{ sku: "cup", quantity: sellable, condition: "sellable" as const }] : []),
    ...(damaged > 0 ? [{ sku: "cup", quantity: damaged, condition: "damaged" as const }] : []),
  ],
});
const reason = "What was returned has arrived.";
const granted = (refundId: string, amount: number): Event => ({
  type: "refund granted",
  refundId,
  amount,
  reason: "Sorry",
});
const grant = (refundId: string, amount: number): Command => ({
  type: "grant refund",
  refundId,
  amount,
  reason: "Sorry",
});

test("only what was delivered can be sent back", () => {
  given(order, confirmed).when(ask(1)).rejects(errors.NotReturnable, { sku: "cup", requested: 1, returnable: 0 });
  given(order, [...confirmed, { type: "dispatched", parcel: cups }])
    .when(ask(1))
    .rejects(errors.NotReturnable);
  given(order, arrived).when(ask(3)).then(askedFor(3));
  given(order, arrived).when(ask(4)).rejects(errors.NotReturnable, { sku: "cup", requested: 4, returnable: 3 });
  given(order, arrived).when(ask(1, "pot")).rejects(errors.NotReturnable);
  given(order, arrived).when(ask(1, "never-bought")).rejects(errors.NotReturnable);
});

test("what is on its way back cannot be asked for twice, until the return is rejected", () => {
  given(order, [...arrived, askedFor(2)])
    .when(ask(2, "cup", "r2"))
    .rejects(errors.NotReturnable);
  given(order, [...arrived, askedFor(2), { type: "return rejected", returnId: "r1", why: "No" }])
    .when(ask(3, "cup", "r2"))
    .then(askedFor(3, "r2"));
});

test("what did not come back can be asked for anew", () => {
  const received: Event = {
    type: "return received",
    returnId: "r1",
    value: 417,
    lines: [{ sku: "cup", quantity: 1, condition: "sellable" }],
  };
  given(order, [...arrived, askedFor(3), approved, received])
    .when(ask(2, "cup", "r2"))
    .then(askedFor(2, "r2"));
});

test("a return is approved before it is received, and rejected before anything of it came back", () => {
  given(order, [...arrived, askedFor(2)])
    .when(receive(2))
    .rejects(errors.ReturnNotApproved);
  given(order, [...arrived, askedFor(2)])
    .when({ type: "approve return", returnId: "r1" })
    .then(approved);
  given(order, [...arrived, askedFor(2), approved])
    .when({ type: "approve return", returnId: "r1" })
    .then();
  given(order, [...arrived, askedFor(2), approved])
    .when(receive(3))
    .rejects(errors.NotRequested);
  given(order, arrived).when({ type: "approve return", returnId: "r1" }).rejects(errors.ReturnNotFound);
});

test("three units of a line that a discount does not divide are worth the line, one after the other", () => {
  // 3 × 450 − 100 = 1,250: 417, 416 and 417
  const one = (n: number, value: number): Event[] => [
    { type: "return requested", returnId: `r${n}`, lines: [{ sku: "cup", quantity: 1, reason: "" }], by: "customer" },
    { type: "return approved", returnId: `r${n}` },
    { type: "return received", returnId: `r${n}`, value, lines: [{ sku: "cup", quantity: 1, condition: "sellable" }] },
    { type: "refund granted", refundId: `f${n}`, amount: value, reason, returnId: `r${n}` },
  ];
  let past = arrived;
  const values: number[] = [];
  for (const n of [1, 2, 3]) {
    const [requested, approvedToo] = one(n, 0);
    const state = [...past, requested, approvedToo].reduce<State>(
      (s, e) => (e ? order.evolve(s, e) : s),
      order.initial,
    );
    const events = order.decide(state, {
      type: "receive return",
      returnId: `r${n}`,
      refundId: `f${n}`,
      exchangeOrderId: `x${n}`,
      lines: [{ sku: "cup", quantity: 1, condition: "sellable" }],
    });
    const [received] = events;
    assert.ok(received?.type === "return received");
    values.push(received.value);
    past = [...past, ...one(n, received.value)];
  }
  assert.equal(
    values.reduce((a, b) => a + b, 0),
    1_250,
  );
  assert.ok(
    values.every((value) => value === 416 || value === 417),
    String(values),
  );
});

test("what has come back is paid back once, however often it is told", () => {
  const events = [
    {
      type: "return received",
      returnId: "r1",
      lines: receive(1, 1).type === "receive return" ? receivedLines(1, 1) : [],
      value: 833,
    },
    { type: "refund granted", refundId: "f1", amount: 833, reason, returnId: "r1" },
  ] satisfies Event[];
  given(order, [...arrived, askedFor(2), approved])
    .when(receive(1, 1))
    .then(...events);
  given(order, [...arrived, askedFor(2), approved, ...events])
    .when(receive(1, 1, "f2"))
    .then();
  given(order, [...arrived, askedFor(2), approved, ...events])
    .when(receive(2))
    .rejects(errors.ReturnClosed);
});
function receivedLines(sellable: number, damaged: number) {
  return [
    { sku: "cup", quantity: sellable, condition: "sellable" as const },
    { sku: "cup", quantity: damaged, condition: "damaged" as const },
  ];
}

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

/**
 * The same said again in the plainest way: counters and no history. Amounts are what the units cost; which unit bears an odd cent is the
 * line's business, so money is compared in its bounds and at the ends.
 */
function model() {
  const lines = new Map(
    snapshot.lines.map((line) => [
      line.sku,
      { ordered: line.quantity, shipped: 0, delivered: 0, open: 0, received: 0, damaged: 0 },
    ]),
  );
  return { lines };
}

type Step = {
  readonly do: string;
  readonly sku: string;
  readonly n: number;
  readonly id: number;
  readonly damaged: number;
  readonly amount: number;
};

test("under any sequence of steps quantities and money stay inside, and equal the plain model", () => {
  const sku = fc.constantFrom("cup", "pot");
  const n = fc.integer({ min: 1, max: 3 });
  const id = fc.integer({ min: 1, max: 4 });
  const damaged = fc.integer({ min: 0, max: 2 });
  const amount = fc.integer({ min: 1, max: 4_000 });
  const stepOf = (...names: string[]): fc.Arbitrary<Step> =>
    fc.record({ do: fc.constantFrom(...names), sku, n, id, damaged, amount });
  const step = fc.oneof(
    { weight: 6, arbitrary: stepOf("dispatch", "deliver", "lose") },
    { weight: 8, arbitrary: stepOf("ask", "approve", "reject", "receive") },
    { weight: 6, arbitrary: stepOf("grant", "grant lines", "execute", "fail", "retry") },
    { weight: 2, arbitrary: stepOf("somebody else's refund") },
    { weight: 1, arbitrary: stepOf("cancel", "refuse cancel", "cancelled", "dispute", "win dispute") },
  );
  let carriedOut = 0;

  fc.assert(
    fc.property(fc.array(step, { minLength: 30, maxLength: 80 }), (steps) => {
      let state = confirmed.reduce<State>(order.evolve, order.initial);
      const { lines } = model();
      /** What payments' ledger says was given back. */
      let ledger = 0;
      const returns = new Map<string, { sku: string; n: number; status: string }>();
      const promised = new Map<string, { amount: number; status: string }>();
      const made = { returns: 0, refunds: 0 };

      const tell = (command: Command): readonly Event[] | undefined => {
        try {
          const events = order.decide(state, command);
          state = events.reduce(order.evolve, state);
          carriedOut += events.length;
          return events;
        } catch (error) {
          if (!(error instanceof Error) || !("code" in error)) throw error;
          return undefined;
        }
      };
      const execute = (refundId: string) => {
        const refund = promised.get(refundId);
        // Payments refuses what it has not got, and then fails the refund for good.
        if (refund?.status !== "granted") return;
        assert.ok(ledger + refund.amount <= snapshot.totals.total, "payments is never asked for more than it took");
        ledger += refund.amount;
        refund.status = "executed";
      };

      for (const { do: what, sku, n, id, damaged, amount } of steps) {
        const line = lines.get(sku);
        assert.ok(line && state.lifecycle !== "new");
        const stands = state.lifecycle === "confirmed" || state.lifecycle === "completed";
        switch (what) {
          case "dispatch": {
            const fits = line.shipped + n <= line.ordered;
            const shipmentId = `s${sku}${line.shipped}-${n}`;
            const events = tell({ type: "dispatch", parcel: parcel(shipmentId, { sku, quantity: n }) });
            if (events && events.length > 0) {
              assert.ok(fits);
              line.shipped += n;
            }
            break;
          }
          case "deliver": {
            const arrived = new Set(state.delivered.map(({ shipmentId }) => shipmentId));
            const on = state.dispatched.find((one) => one.lines[0]?.sku === sku && !arrived.has(one.shipmentId));
            if (!on) break;
            tell({ type: "deliver", parcel: on });
            line.delivered += on.lines[0]?.quantity ?? 0;
            break;
          }
          case "lose": {
            const [on] = state.dispatched;
            if (on) tell({ type: "lose", parcel: on });
            break;
          }
          case "ask": {
            const returnId = `r${++made.returns}`;
            const events = tell(ask(n, sku, returnId));
            assert.equal(events !== undefined, stands && line.open + line.received + n <= line.delivered);
            if (!events) break;
            returns.set(returnId, { sku, n, status: "requested" });
            line.open += n;
            break;
          }
          case "approve":
          case "reject": {
            const one = returns.get(`r${id}`);
            const events = tell(
              what === "approve"
                ? { type: "approve return", returnId: `r${id}` }
                : { type: "reject return", returnId: `r${id}`, why: "" },
            );
            if (!events || events.length === 0 || !one) break;
            const its = lines.get(one.sku);
            if (what === "reject" && its) its.open -= one.n;
            one.status = what === "approve" ? "approved" : "rejected";
            break;
          }
          case "receive": {
            const one = returns.get(`r${id}`);
            if (!one) break;
            const refundId = `f${++made.refunds}`;
            const bad = Math.min(damaged, n);
            const received = [
              ...(n > bad ? [{ sku: one.sku, quantity: n - bad, condition: "sellable" as const }] : []),
              ...(bad > 0 ? [{ sku: one.sku, quantity: bad, condition: "damaged" as const }] : []),
            ];
            const events = tell({
              type: "receive return",
              returnId: `r${id}`,
              refundId,
              exchangeOrderId: `x${id}`,
              lines: received,
            });
            if (!events || events.length === 0) break;
            assert.ok(one.status === "approved" && n <= one.n);
            one.status = "received";
            const its = lines.get(one.sku);
            assert.ok(its);
            its.open -= one.n;
            its.received += n;
            its.damaged += bad;
            for (const event of events)
              if (event.type === "refund granted") promised.set(refundId, { amount: event.amount, status: "granted" });
            break;
          }
          case "grant":
          case "grant lines": {
            const refundId = `f${++made.refunds}`;
            const left = refundable(saleOf(state));
            const command = { type: "grant refund", refundId, reason: "" } as const;
            const events = tell(
              what === "grant" ? { ...command, amount } : { ...command, lines: [{ sku, quantity: n }] },
            );
            const [event] = events ?? [];
            if (what === "grant") assert.equal(events !== undefined, stands && amount <= left);
            if (event?.type !== "refund granted") break;
            assert.ok(event.amount <= left);
            promised.set(refundId, { amount: event.amount, status: "granted" });
            break;
          }
          case "execute": {
            const refundId = `f${id}`;
            const before = promised.get(refundId)?.status;
            execute(refundId);
            if (before !== "granted") break;
            const its = promised.get(refundId);
            // Payments' event and its answer, in either order, and each more than once.
            if (id % 2 === 0) tell({ type: "record refund", refundId, refunded: ledger, amount: its?.amount ?? 0 });
            tell({ type: "execute refund", refundId });
            tell({ type: "record refund", refundId, refunded: ledger, amount: its?.amount ?? 0 });
            break;
          }
          case "fail": {
            const refund = promised.get(`f${id}`);
            if (refund?.status !== "granted") break;
            tell({ type: "fail refund", refundId: `f${id}`, why: "" });
            refund.status = "failed";
            break;
          }
          case "retry": {
            const refund = promised.get(`f${id}`);
            if (!refund) break;
            const events = tell({ type: "retry refund", refundId: `f${id}` });
            if (events && events.length > 0) refund.status = "granted";
            break;
          }
          case "somebody else's refund": {
            // Only what nobody was promised: else payments would have to refuse what was promised here.
            if (amount > refundable(saleOf(state))) break;
            ledger += amount;
            tell({ type: "record refund", refunded: ledger, amount });
            break;
          }
          case "cancel":
            tell({ type: "request cancel", by: "customer" });
            break;
          case "refuse cancel":
            tell({ type: "refuse cancel", why: "" });
            break;
          case "cancelled":
            if (state.lifecycle !== "cancel_pending") break;
            ledger = snapshot.totals.total;
            tell({ type: "cancel", refunded: ledger });
            break;
          case "dispute":
            tell({ type: "open dispute", disputeId: "d", amount: 1, reason: "" });
            break;
          case "win dispute":
            tell({ type: "close dispute", outcome: "won", disputeId: "d", amount: 1, reason: "" });
            break;
        }
        assertInside(state as Existing, lines, { ledger, promised }); // as: it was placed
      }
    }),
    { numRuns: 400, seed: 20_301_121 },
  );
  assert.ok(carriedOut > 2_000, `only ${carriedOut} events: the steps are refused too often to say anything`);
});

type Lines = ReturnType<typeof model>["lines"];
function assertInside(
  state: Existing,
  lines: Lines,
  { ledger, promised }: { ledger: number; promised: ReadonlyMap<string, { amount: number; status: string }> },
): void {
  for (const [sku, plain] of lines) {
    const { requested, received, writtenOff } = quantitiesOf(state.afterSale, sku);
    const units = (parcels: readonly Parcel[]) =>
      parcels.reduce((n, one) => n + one.lines.reduce((m, line) => m + (line.sku === sku ? line.quantity : 0), 0), 0);
    const [shipped, delivered] = [units(state.dispatched), units(state.delivered)];
    assert.ok(delivered <= shipped && shipped <= plain.ordered, "delivered ≤ shipped ≤ ordered");
    assert.ok(
      writtenOff <= received && received <= requested && requested <= delivered,
      "written off ≤ received ≤ requested ≤ delivered",
    );
    assert.deepEqual(
      { shipped, delivered, requested, received, writtenOff },
      {
        shipped: plain.shipped,
        delivered: plain.delivered,
        requested: plain.open + plain.received,
        received: plain.received,
        writtenOff: plain.damaged,
      },
    );
  }
  const of = (status: string) =>
    [...promised.values()].reduce((sum, one) => sum + (one.status === status ? one.amount : 0), 0);
  assert.equal(state.refunded, ledger, "what was given back is what the ledger says");
  assert.ok(ledger + of("granted") <= snapshot.totals.total, "nobody is promised more than was taken");
  const ours = state.afterSale.refunds.reduce((sum, one) => sum + (one.status === "executed" ? one.amount : 0), 0);
  assert.equal(ours, of("executed"));
  // What came back is worth at most the lines, and its refunds no more than that.
  const value = state.afterSale.returns.reduce((sum, one) => sum + one.value, 0);
  assert.ok(value <= snapshot.totals.total - snapshot.totals.shipping);
  for (const one of state.afterSale.returns) {
    const refund = state.afterSale.refunds.find(({ refundId }) => refundId === one.refundId);
    assert.ok((refund?.amount ?? 0) <= one.value, "a return gives back at most what came back");
  }
}
