import type { cardSimulator } from "@souk/card-simulator/contract";
import type { Client } from "@souk/contract";
import { ServiceError } from "@souk/kernel";
import type { BookedCharge } from "../domain/payment.ts";
import { errors } from "../errors.ts";
import { validSignature } from "../webhook.ts";
import { chargeKey, orderOf, type Provider } from "./provider.ts";

type Deps = {
  simulator: Client<typeof cardSimulator>;
  webhookSecrets: readonly string[];
  /** Epoch milliseconds. */
  now: () => number;
};

/** Our own card provider, which finds a charge by our key. */
export function simulatorProvider({ simulator, webhookSecrets, now }: Deps): Provider {
  const params = (orderId: string) => ({ key: chargeKey(orderId) });

  return {
    name: "simulator",

    async charge({ orderId }, amount, token, capture) {
      try {
        return await simulator.charge({
          body: { key: chargeKey(orderId), reference: orderId, amount, token, capture },
        });
      } catch (error) {
        if (error instanceof ServiceError && error.code === "card-simulator.barred")
          throw errors.Reversed({ orderId }, { cause: error });
        throw unavailable(error);
      }
    },

    authenticate: ({ orderId }, outcome) =>
      asked(() => simulator.authenticate({ params: params(orderId), body: { outcome } })),

    async capture({ orderId }, captureKey, { amount }) {
      const charge = await asked(() =>
        simulator.capture({ params: params(orderId), body: { captureKey, amount } }).catch((error: unknown) => {
          if (!(error instanceof ServiceError) || error.code !== "card-simulator.not_open") throw error;
          // It was let go of meanwhile: what it has come to is the answer.
          return simulator.find({ params: params(orderId) });
        }),
      );
      if (!charge) throw errors.NotAuthorized({ orderId, status: "unknown to the provider" });
      return charge;
    },

    giveBack: ({ orderId }, refundKey, part) =>
      asked(() =>
        simulator.giveBack({
          params: params(orderId),
          body: part === undefined ? { refundKey } : { refundKey, amount: part },
        }),
      ),

    find: (key) => asked(() => simulator.find({ params: { key } })),

    book: (after) => simulator.book({ query: { after } }),

    async notification(headers, body) {
      if (!validSignature(headers["x-signature"], body, webhookSecrets, now())) throw errors.BadSignature();
      const { id, key } = notification(body);
      const orderId = orderOf(key);
      return { id, about: orderId === undefined ? undefined : { orderId } };
    },
  };
}

async function asked(ask: () => Promise<{ charge: BookedCharge | null }>): Promise<BookedCharge | undefined> {
  try {
    return (await ask()).charge ?? undefined;
  } catch (error) {
    throw unavailable(error);
  }
}

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

/** @throws errors.BadSignature when a signed body is not a notification: the provider would be wrong to send it again */
function notification(body: string): { id: string; key: string } {
  const value = parsed(body);
  if (typeof value === "object" && value !== null && "id" in value && "key" in value) {
    const { id, key } = value;
    if (typeof id === "string" && typeof key === "string") return { id, key };
  }
  throw errors.BadSignature();
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw errors.BadSignature({ cause });
  }
}
