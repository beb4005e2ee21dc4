import type { Stream } from "@souk/event-store";
import type { Handler } from "@souk/messaging";
import type { payments } from "@souk/payments/contract";
import type { Tx } from "@souk/postgres";
import type { Saga, Sagas } from "@souk/saga";
import type { Command, Event, State } from "../domain/order.ts";
import { isRestUnpaid, owedForParcel } from "../domain/order-status.ts";
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
    if (state.lifecycle === "new" || state.payment !== "authorized") return;
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

/** An order whose money is not reserved any more is not sent: it is cancelled, or what has not left of it is. */
export const authorizationExpired =
  (
    order: Order,
    sagas: Sagas,
    cancellation: Saga<Cancellation>,
    holdingBack: Saga<HoldingBack>,
  ): Handler<typeof payments.events.expired> =>
  async ({ id, data: { orderId, captured } }, tx) => {
    const { state, appended } = await order.executeIn(tx, orderId, { type: "give up payment" });
    if (appended.length > 0) return sagas.start(tx, cancellation, `cancellation:${id}`, { orderId });
    if (state.lifecycle !== "new" && isRestUnpaid(state))
      return sagas.start(tx, holdingBack, `holding back:${orderId}`, { orderId, holdId: id, captured });
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
