import type { Client } from "@souk/contract";
import type { payments } from "@souk/payments/contract";
import { retriable, saga } from "@souk/saga";

export type ClaimPaying = {
  readonly orderId: string;
  /** Under which it is booked, once. */
  readonly claimPaymentId: string;
  readonly amount: { readonly amount: number; readonly currency: string };
};
type Deps = { payments: Client<typeof payments> };

/** Books what was paid another way of what has left. That it was paid was decided in the transaction that started this. */
export const claimPaying = ({ payments }: Deps) =>
  saga<ClaimPaying>("claim payment", [
    retriable("book the payment", async ({ orderId, claimPaymentId, amount }) => {
      await payments.bookClaimPayment({ params: { orderId }, body: { claimPaymentId, amount } });
    }),
  ]);
