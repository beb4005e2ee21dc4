import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ask, confirmed, parcel, reserved, snapshot } from "./after-sale.fixture.ts";
import { quantitiesOf, refundable } from "./after-sale.ts";
import { openClaim, restOf } from "./lapse.ts";
import { order, saleOf } from "./order.ts";
import type { Command, Event, Existing, Parcel, State } from "./order-state.ts";

/**
 * The same said again in the plainest way: counters and no history. Amounts are what the units cost; which unit bears an odd cent is the
 * line's business, so money is compared in its bounds and at the ends.
 */
function model() {
  const lines = new Map(
    snapshot.lines.map((line) => [
      line.sku,
      {
        ...{ ordered: line.quantity, shipped: 0, delivered: 0, open: 0, received: 0, damaged: 0 },
        ...{ price: line.unitAmount, heldBack: 0 },
      },
    ]),
  );
  /** What all that has left costs, by the prices of its units. */
  const worth = () => {
    const of = (units: (line: { ordered: number; shipped: number }) => number) =>
      [...lines.values()].reduce((sum, line) => sum + units(line) * line.price, 0);
    const [gone, all] = [of(({ shipped }) => shipped), of(({ ordered }) => ordered)];
    return gone === all ? snapshot.totals.total : Math.floor((snapshot.totals.total * gone) / all);
  };
  return { lines, worth };
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
    { weight: 4, arbitrary: stepOf("capture", "hold back", "write off") },
    { weight: 1, arbitrary: stepOf("lapse") },
    { weight: 1, arbitrary: stepOf("cancel", "refuse cancel", "cancelled", "dispute", "win dispute") },
  );
  let carriedOut = 0;
  const seen = { claims: 0, heldBack: 0, writtenOff: 0 };

  fc.assert(
    fc.property(fc.boolean(), fc.array(step, { minLength: 30, maxLength: 80 }), (isReserved, steps) => {
      let state = (isReserved ? reserved : confirmed).reduce<State>(order.evolve, order.initial);
      const { lines, worth } = model();
      /** What payments' ledger says was taken, and given back, and booked as lost; and whether there is nothing more to take. */
      let taken = isReserved ? 0 : snapshot.totals.total;
      let ledger = 0;
      let losses = 0;
      let hasLapsed = false;
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
        assert.ok(ledger + refund.amount <= taken, "payments is never asked for more than it took");
        ledger += refund.amount;
        refund.status = "executed";
      };

      for (const { do: what, sku, n, id, damaged, amount } of steps) {
        const line = lines.get(sku);
        assert.ok(line && state.lifecycle !== "new");
        const stands = state.lifecycle === "confirmed" || state.lifecycle === "completed";
        switch (what) {
          case "dispatch": {
            // Shipping sends nothing of what it was told to hold back.
            if (line.shipped + n > line.ordered - line.heldBack && line.heldBack > 0) break;
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
          case "capture":
            // The share of some parcel, or of more: in whatever parts, and told twice.
            if (hasLapsed) break;
            taken = Math.max(taken, Math.min(worth(), taken + amount));
            for (let i = 0; i < 2; i++) tell({ type: "record capture", captured: taken });
            break;
          case "lapse":
            // Told by its end and by its void, and of money that was taken whole by neither.
            if (taken === snapshot.totals.total || state.lifecycle === "cancelled") break;
            hasLapsed = true;
            for (let i = 0; i < 2; i++) tell({ type: "give up payment", holdId: "h", captured: taken });
            break;
          case "hold back": {
            // A parcel may have been fetched of which nobody has told yet.
            const fetched = damaged > 0 ? [{ sku, quantity: Math.min(n, line.ordered - line.shipped) }] : [];
            const left = [...state.dispatched.flatMap((one) => one.lines), ...fetched];
            if (!hasLapsed || left.length === 0) break;
            const here = restOf(state, left);
            const events = tell({ type: "cancel rest", lines: here, forgone: [] });
            if (!events || events.length === 0) break;
            seen.heldBack++;
            for (const { sku, quantity } of here) {
              const its = lines.get(sku);
              if (its) its.heldBack = quantity;
            }
            assert.deepEqual(tell({ type: "cancel rest", lines: here, forgone: [] }), [], "once");
            break;
          }
          case "write off": {
            const open = openClaim(state);
            const events = tell({ type: "write off claim", writeOffId: `w${losses}`, reason: "", by: "b" });
            assert.equal(events !== undefined, open > 0);
            losses += open;
            seen.writtenOff += open > 0 ? 1 : 0;
            break;
          }
          case "cancelled":
            if (state.lifecycle !== "cancel_pending") break;
            ledger = taken;
            tell({ type: "cancel", refunded: ledger });
            break;
          case "dispute":
            tell({ type: "open dispute", disputeId: "d", amount: 1, reason: "" });
            break;
          case "win dispute":
            tell({ type: "close dispute", outcome: "won", disputeId: "d", amount: 1, reason: "" });
            break;
        }
        assertInside(state as Existing, lines, { taken, ledger, promised }); // as: it was placed
        const unpaid: number = hasLapsed ? Math.max(0, worth() - taken) : 0;
        assert.equal(openClaim(state as Existing) + losses, unpaid, "what has left unpaid is claimed, or lost"); // as: above
        seen.claims += unpaid > 0 ? 1 : 0;
      }
    }),
    { numRuns: 400, seed: 20_301_121 },
  );
  assert.ok(Math.min(...Object.values(seen)) > 20, JSON.stringify(seen));
  assert.ok(carriedOut > 2_000, `only ${carriedOut} events: the steps are refused too often to say anything`);
});

type Lines = ReturnType<typeof model>["lines"];
function assertInside(
  state: Existing,
  lines: Lines,
  {
    taken,
    ledger,
    promised,
  }: { taken: number; ledger: number; promised: ReadonlyMap<string, { amount: number; status: string }> },
): void {
  for (const [sku, plain] of lines) {
    const { requested, received, writtenOff } = quantitiesOf(state.afterSale, sku);
    const units = (parcels: readonly Parcel[]) =>
      parcels.reduce((n, one) => n + one.lines.reduce((m, line) => m + (line.sku === sku ? line.quantity : 0), 0), 0);
    const [shipped, delivered] = [units(state.dispatched), units(state.delivered)];
    assert.ok(delivered <= shipped && shipped + plain.heldBack <= plain.ordered, "delivered ≤ shipped ≤ ordered");
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
  assert.equal(state.captured, taken, "what was taken is what the ledger says");
  assert.ok(ledger + of("granted") <= taken, "nobody is promised more than was taken");
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
