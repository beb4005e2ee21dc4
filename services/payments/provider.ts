import type { cardSimulator } from "@souk/card-simulator/contract";
import type { Client } from "@souk/contract";
import { type Instant, ServiceError } from "@souk/kernel";
import type { Charge } from "./domain/payment.ts";
import { errors } from "./errors.ts";

/**
 * The provider, asked in terms of orders. Every request carries a key made of the order and what is done, never of the attempt: asked
 * again after an unknown outcome it answers what it did. @throws errors.ProviderUnavailable when nobody knows
 */
export function provider(simulator: Client<typeof cardSimulator>) {
  /** Undefined when nothing was charged under that key. */
  async function findKey(key: string): Promise<BookedCharge | undefined> {
    const { charge } = await simulator.find({ params: { key } });
    return charge ?? undefined;
  }

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
    find: (orderId: string): Promise<BookedCharge | undefined> => findKey(chargeKey(orderId)),
    findKey,

    book: (after: number) => simulator.book({ query: { after } }),
  };
}
/** A charge as the provider's book has it. */
export type BookedCharge = Charge & { readonly key: string; readonly createdAt: Instant; readonly updatedAt: Instant };
export type Provider = ReturnType<typeof provider>;

const prefix = "charge:";
export const chargeKey = (orderId: string): string => `${prefix}${orderId}`;
const ours = new RegExp(`^${prefix}[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`);
/** Undefined when the charge was made under no key of ours: a mistake of somebody's that a person must look at. */
export const orderOf = (key: string): string | undefined => (ours.test(key) ? key.slice(prefix.length) : undefined);

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
