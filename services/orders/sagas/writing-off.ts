import type { Client } from "@souk/contract";
import type { payments } from "@souk/payments/contract";
import { retriable, saga } from "@souk/saga";
import { seeOrder } from "./see-order.ts";

export type WritingOff = {
  readonly orderId: string;
  /** Under which it is booked, once. */
  readonly writeOffId: string;
  readonly amount: { readonly amount: number; readonly currency: string };
};
type Deps = { payments: Client<typeof payments> };

/** Books as lost what has left and was never paid. That it is not asked for any more was decided in the transaction that started this. */
export const writingOff = ({ payments }: Deps) =>
  saga<WritingOff>("write-off", [
    retriable("book the loss", async ({ orderId, writeOffId, amount }) => {
      await payments.writeOff({ params: { orderId }, body: { writeOffId, amount, reason: seeOrder } });
    }),
  ]);
