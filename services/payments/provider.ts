import type { cardSimulator } from "@souk/card-simulator/contract";
import type { Client } from "@souk/contract";
import { ServiceError } from "@souk/kernel";
import type { Charge } from "./domain/payment.ts";
import { errors } from "./errors.ts";

/**
 * The provider, asked in terms of orders. Every request carries a key made of the order and what is done, never of the attempt: asked
 * again after an unknown outcome it answers what it did. @throws errors.ProviderUnavailable when nobody knows
 */
export function provider(simulator: Client<typeof cardSimulator>) {
  return {
    /** @throws errors.Reversed when the order's charge was given back before it was made */
    async charge(orderId: string, amount: { amount: number; currency: string }, token: string): Promise<Charge> {
      try {
        return await simulator.charge({
          body: { key: chargeKey(orderId), reference: orderId, amount, token, capture: true },
        });
      } catch (error) {
        if (error instanceof ServiceError && error.code === "card-simulator.barred")
          throw errors.Reversed({ orderId }, { cause: error });
        throw unavailable(error);
      }
    },

    /** Undefined when nothing was ever charged, and now never will be. @param part minor units; everything that is left without it */
    async giveBack(orderId: string, refundKey: string, part?: number): Promise<Charge | undefined> {
      try {
        const body = part === undefined ? { refundKey } : { refundKey, amount: part };
        const { charge } = await simulator.giveBack({ params: { key: chargeKey(orderId) }, body });
        return charge ?? undefined;
      } catch (error) {
        throw unavailable(error);
      }
    },

    /** Undefined when the order was never charged. */
    async find(orderId: string): Promise<Charge | undefined> {
      const { charge } = await simulator.find({ params: { key: chargeKey(orderId) } });
      return charge ?? undefined;
    },

    book: (after: number) => simulator.book({ query: { after } }),
  };
}
export type Provider = ReturnType<typeof provider>;

const prefix = "charge:";
const chargeKey = (orderId: string) => `${prefix}${orderId}`;
export const orderOf = (key: string): string => key.slice(prefix.length);

const unanswered: ReadonlySet<string> = new Set([
  "unavailable",
  "deadline_exceeded",
  "aborted",
  "resource_exhausted",
  "internal",
]);
/** What was no answer becomes one error; a refusal stays what it is. */
const unavailable = (error: unknown) =>
  error instanceof ServiceError && unanswered.has(error.status) ? errors.ProviderUnavailable({ cause: error }) : error;
