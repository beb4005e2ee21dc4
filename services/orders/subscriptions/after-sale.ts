import type { Stream } from "@souk/event-store";
import type { Handler } from "@souk/messaging";
import type { payments } from "@souk/payments/contract";
import type { shipping } from "@souk/shipping/contract";
import type { Command, Event, State } from "../domain/order-state.ts";
import type { TakeForParcel } from "./payment.ts";

type Order = Stream<Command, State, Event>;

export const paymentRefunded =
  (order: Order): Handler<typeof payments.events.refunded> =>
  async ({ data: { orderId, refunded, amount, refundId } }, tx) => {
    await order.executeIn(tx, orderId, { type: "record refund", refunded, amount, ...(refundId && { refundId }) });
  };

export const parcelDispatched =
  (order: Order, take: TakeForParcel): Handler<typeof shipping.events.dispatched> =>
  async ({ data: { orderId, collected: _, ...parcel } }, tx) => {
    await take(tx, await order.executeIn(tx, orderId, { type: "dispatch", parcel }));
  };

export const parcelDelivered =
  (order: Order, take: TakeForParcel): Handler<typeof shipping.events.delivered> =>
  async ({ data: { orderId, ...parcel } }, tx) => {
    await take(tx, await order.executeIn(tx, orderId, { type: "deliver", parcel }));
  };

export const parcelLost =
  (order: Order): Handler<typeof shipping.events.lost> =>
  async ({ data: { orderId, ...parcel } }, tx) => {
    await order.executeIn(tx, orderId, { type: "lose", parcel });
  };
