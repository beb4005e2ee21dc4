import type { Handlers } from "@souk/http";
import type { orders } from "./contract.ts";
import { claimView } from "./domain/view.ts";
import { errors } from "./errors.ts";
import type { RouteDeps } from "./routes.ts";

/** Gives up what has left and can never be paid: decided here, booked by a saga. */
export const claimRoute = ({
  order,
  sagas,
  writingOff,
  newId,
}: RouteDeps): Pick<Handlers<typeof orders>, "writeOffClaim"> => ({
  async writeOffClaim({ params: { orderId }, body: { reason }, principal, once }) {
    const { state: known } = await order.load(orderId);
    if (known.lifecycle === "new") throw errors.OrderNotFound({ orderId });
    const by = principal.kind === "anonymous" ? principal.kind : principal.id;
    const newWriteOffId = newId();
    const { version } = await once(async (tx) => {
      const command = { type: "write off claim", writeOffId: newWriteOffId, reason, by } as const;
      const after = await order.executeIn(tx, orderId, command);
      for (const { event } of after.appended) {
        if (event.type !== "claim written off") continue;
        const { writeOffId } = event;
        const amount = { amount: event.amount, currency: known.order.currency };
        await sagas.start(tx, writingOff, `write-off:${writeOffId}`, { orderId, writeOffId, amount, reason });
      }
      return { version: after.version };
    });
    const { state } = await order.load(orderId, version);
    if (state.lifecycle === "new" || !state.claim) throw new Error(`the claim of order ${orderId} is gone`);
    return { claim: claimView(state.claim, state.order.currency) };
  },
});
