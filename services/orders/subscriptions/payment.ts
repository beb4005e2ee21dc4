import type { Stream } from "@souk/event-store";
import type { Handler } from "@souk/messaging";
import type { payments } from "@souk/payments/contract";
import type { Tx } from "@souk/postgres";
import type { Saga, Sagas } from "@souk/saga";
import { isToHoldBack } from "../domain/lapse.ts";
import type { Command, Event, State } from "../domain/order-state.ts";
import { owedForParcel } from "../domain/order-status.ts";
import type { Cancellation } from "../sagas/cancellation.ts";
import type { Capture } from "../sagas/capture.ts";
import { AUTHENTICATION, checkoutId } from "../sagas/checkout.ts";
import type { HoldingBack } from "../sagas/holding-back.ts";

type Order = Stream<Command, State, Event>;

export const paymentAuthenticated =
  (sagas: Sagas): Handler<typeof payments.events.authenticated> =>
  async ({ data: { orderId, status } }, tx) => {
    await sagas.signal(tx, checkoutId(orderId), AUTHENTICATION, { payment: status });
  };

type Appended = Awaited<ReturnType<Order["executeIn"]>>;
export type TakeForParcel = (tx: Tx, after: Appended) => Promise<void>;

/** Takes what a parcel that has left costs, where checkout only reserved the money: that is where it is `authorized`. */
export const takeForParcel =
  (sagas: Sagas, capture: Saga<Capture>): TakeForParcel =>
  async (tx, { state, appended }) => {
    // Of money that was let go of there is nothing to take: what leaves nevertheless is claimed.
    if (state.lifecycle === "new" || state.payment !== "authorized" || state.lapse) return;
    for (const { event } of appended) {
      if (event.type !== "dispatched") continue;
      const { shipmentId } = event.parcel;
      const amount = owedForParcel(state, shipmentId);
      if (amount === 0) continue;
      const { orderId, currency } = state.order;
      await sagas.start(tx, capture, `capture:${shipmentId}`, {
        orderId,
        captureId: shipmentId,
        amount: { amount, currency },
      });
    }
  };

export const paymentCaptured =
  (order: Order): Handler<typeof payments.events.partCaptured> =>
  async ({ data: { orderId, captured } }, tx) => {
    await order.executeIn(tx, orderId, { type: "record capture", captured });
  };

export type HoldBack = (tx: Tx, state: State) => Promise<void>;

/** Stops what is still here of an order that cannot be paid any more, once. */
export const holdBackUnpaid =
  (sagas: Sagas, holdingBack: Saga<HoldingBack>): HoldBack =>
  async (tx, state) => {
    if (state.lifecycle === "new" || !state.lapse || !isToHoldBack(state)) return;
    const { orderId } = state.order;
    await sagas.start(tx, holdingBack, `holding back:${orderId}`, { orderId, holdId: state.lapse.holdId });
  };

type Lapsing = { order: Order; sagas: Sagas; cancellation: Saga<Cancellation>; holdBack: HoldBack };

/**
 * An order whose money is not reserved any more is not sent: it is cancelled, or what has not left of it is. One that is still being checked
 * out is rejected by its saga, which need not wait for the shopper any longer.
 */
async function giveUpPayment(
  { order, sagas, cancellation, holdBack }: Lapsing,
  tx: Tx,
  id: string,
  { orderId, captured }: { readonly orderId: string; readonly captured: number },
): Promise<void> {
  const { state, appended } = await order.executeIn(tx, orderId, { type: "give up payment", holdId: id, captured });
  if (state.lifecycle === "new" || appended.length === 0) return;
  if (state.lifecycle === "pending") {
    await sagas.signal(tx, checkoutId(orderId), AUTHENTICATION, { payment: "requires_action" });
    return;
  }
  if (appended.some(({ event }) => event.type === "cancel requested"))
    return sagas.start(tx, cancellation, `cancellation:${id}`, { orderId });
  await holdBack(tx, state);
}

export const authorizationExpired =
  (deps: Lapsing): Handler<typeof payments.events.expired> =>
  ({ id, data }, tx) =>
    giveUpPayment(deps, tx, id, data);

export const authorizationVoided =
  (deps: Lapsing): Handler<typeof payments.events.voided> =>
  async ({ id, data }, tx) => {
    // Who has asked for it is undoing the order already.
    if (!data.asked) await giveUpPayment(deps, tx, id, data);
  };

export const disputeOpened =
  (order: Order): Handler<typeof payments.events.disputeOpened> =>
  async ({ data: { orderId, disputeId, amount, reason } }, tx) => {
    await order.executeIn(tx, orderId, { type: "open dispute", disputeId, amount, reason });
  };

export const disputeClosed =
  (order: Order): Handler<typeof payments.events.disputeClosed> =>
  async ({ data: { orderId, disputeId, amount, reason, outcome } }, tx) => {
    await order.executeIn(tx, orderId, { type: "close dispute", disputeId, amount, reason, outcome });
  };
