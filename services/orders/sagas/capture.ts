import type { Client } from "@souk/contract";
import { ServiceError } from "@souk/kernel";
import type { payments } from "@souk/payments/contract";
import { retriable, saga } from "@souk/saga";

export type Capture = {
  readonly orderId: string;
  /** The parcel's own id: what is taken for it is taken once. */
  readonly captureId: string;
  readonly amount: { readonly amount: number; readonly currency: string };
};
type Deps = { payments: Client<typeof payments> };

/** Takes what a parcel that has left costs, of the money that was reserved at checkout. */
export const capture = ({ payments }: Deps) =>
  saga<Capture>("capture", [
    retriable("take money for the parcel", async ({ orderId, captureId, amount }) => {
      try {
        await payments.capture({ params: { orderId }, body: { captureId, amount } });
      } catch (error) {
        // The card has let go of the money. The order hears of it from payments, and claims what has left unpaid.
        if (!(error instanceof ServiceError) || error.code !== "payments.not_authorized") throw error;
      }
    }),
  ]);
