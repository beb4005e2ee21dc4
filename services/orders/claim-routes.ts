import type { Handlers } from "@souk/http";
import type { Tx } from "@souk/postgres";
import type { orders } from "./contract.ts";
import type { Command, Event, Snapshot } from "./domain/order-state.ts";
import { claimView } from "./domain/view.ts";
import { errors } from "./errors.ts";
import type { RouteDeps } from "./routes.ts";

type ClaimHandlers = Pick<Handlers<typeof orders>, "recordClaimPayment" | "writeOffClaim">;
type Request = Parameters<ClaimHandlers["recordClaimPayment" | "writeOffClaim"]>[0];

/** What becomes of what has left and can never be taken from the card: decided here, booked by a saga. */
export function claimRoutes({ order, sagas, claimPaying, writingOff, newId }: RouteDeps): ClaimHandlers {
  const settled = async ({ params: { orderId }, once }: Pick<Request, "params" | "once">, command: Command) => {
    const { state: known } = await order.load(orderId);
    if (known.lifecycle === "new") throw errors.OrderNotFound({ orderId });
    const { version } = await once(async (tx) => {
      const after = await order.executeIn(tx, orderId, command);
      for (const { event } of after.appended) await startBooking(tx, known.order, event);
      return { version: after.version };
    });
    const { state } = await order.load(orderId, version);
    if (state.lifecycle === "new" || !state.claim) throw new Error(`the claim of order ${orderId} is gone`);
    return { claim: claimView(state.claim, state.order.currency) };
  };

  async function startBooking(tx: Tx, { orderId, currency }: Snapshot, event: Event): Promise<void> {
    if (event.type === "claim paid") {
      const { claimPaymentId } = event;
      const data = { orderId, claimPaymentId, amount: { amount: event.amount, currency } };
      await sagas.start(tx, claimPaying, `claim payment:${claimPaymentId}`, data);
    }
    if (event.type === "claim written off") {
      const { writeOffId } = event;
      const data = { orderId, writeOffId, amount: { amount: event.amount, currency } };
      await sagas.start(tx, writingOff, `write-off:${writeOffId}`, data);
    }
  }

  const whoIs = ({ principal }: Pick<Request, "principal">) =>
    principal.kind === "anonymous" ? principal.kind : principal.id;

  return {
    recordClaimPayment: (request) => {
      const { amount, how } = request.body;
      const payment = { claimPaymentId: newId(), ...amount, how, by: whoIs(request) };
      return settled(request, { type: "record claim payment", ...payment });
    },
    writeOffClaim: (request) =>
      settled(request, {
        ...{ type: "write off claim", writeOffId: newId() },
        ...{ reason: request.body.reason, by: whoIs(request) },
      }),
  };
}
