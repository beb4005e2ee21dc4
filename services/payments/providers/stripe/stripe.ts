import { instant } from "@souk/kernel";
import type Stripe from "stripe";
import type { BookedCharge, Charge } from "../../domain/payment.ts";
import { errors } from "../../errors.ts";
import { type ChargeOf, chargeKey, type Provider } from "../provider.ts";
import { chargeOf, latestCharge, reasonOf } from "./charge.ts";
import { codeOf, isElsewhere, isRefusedCard, typeOf, unanswered } from "./failure.ts";

export type StripeConfig = {
  readonly secretKey: string;
  readonly webhookSecrets: readonly string[];
  /** Where Stripe is spoken. */
  readonly apiUrl: string;
  /** Where the shopper comes back to from the bank's page. */
  readonly returnUrl: string;
};
type Deps = StripeConfig & {
  /** Epoch milliseconds. */
  readonly now: () => number;
};

/** Shorter than what our own callers wait for. */
const timeoutMs = 8_000;
const expand = ["latest_charge"];
/** Stripe keeps its events for thirty days, and tells them newest first: they are read a day at a time. */
const eventsKeptSeconds = 30 * 86_400;
const windowSeconds = 86_400;
const tellsOfCharges = [
  "payment_intent.succeeded",
  "payment_intent.amount_capturable_updated",
  "payment_intent.requires_action",
  "payment_intent.payment_failed",
  "payment_intent.canceled",
  "charge.captured",
  "charge.refunded",
  "charge.dispute.created",
  "charge.dispute.closed",
  "refund.failed",
];

/**
 * Stripe, by its official SDK, which is loaded by the first call: a shop without Stripe pays nothing for it. An order is one payment
 * intent. It is created and its id kept before it is confirmed, so that any doubt can be settled by looking at it, for ever; idempotency
 * keys, which Stripe forgets after a day, only spare the doubt. The SDK retries nothing (but a connection that was
 * reset, once and under the same key): that is the saga's to do.
 */
export function stripeProvider({ secretKey, webhookSecrets, apiUrl, returnUrl, now }: Deps): Provider {
  let loading: Promise<Stripe> | undefined;
  function sdk(): Promise<Stripe> {
    loading ??= import("stripe").then(({ default: SDK }) => {
      const { hostname: host, port, protocol } = new URL(apiUrl);
      return new SDK(secretKey, {
        host,
        ...(port !== "" && { port }),
        protocol: protocol === "http:" ? "http" : "https",
        httpClient: SDK.createNodeHttpClient(),
        timeout: timeoutMs,
        maxNetworkRetries: 0,
        telemetry: false,
      });
    });
    return loading;
  }

  async function asked<T>(ask: (stripe: Stripe) => Promise<T>): Promise<T> {
    try {
      return await ask(await sdk());
    } catch (error) {
      throw unanswered(error);
    }
  }

  const retrieve = (stripe: Stripe, id: string) => stripe.paymentIntents.retrieve(id, { expand });

  async function lookedAt(stripe: Stripe, intent: Stripe.PaymentIntent): Promise<Charge> {
    if (!latestCharge(intent)?.disputed) return chargeOf(intent);
    const { data } = await stripe.disputes.list({ payment_intent: intent.id, limit: 10 });
    return chargeOf(intent, data);
  }
  const look = async (stripe: Stripe, id: string) => lookedAt(stripe, await retrieve(stripe, id));

  /** Does something that the intent may have left behind meanwhile; then it is only looked at. */
  async function unlessElsewhere(stripe: Stripe, id: string, act: () => Promise<unknown>): Promise<Charge> {
    try {
      await act();
    } catch (error) {
      if (!isElsewhere(error)) throw error;
    }
    return look(stripe, id);
  }

  /** A declined card ends the payment: the intent is closed, so that nobody can confirm it behind the order's back. */
  async function decline(stripe: Stripe, id: string, error: unknown): Promise<Charge> {
    const charge = await unlessElsewhere(stripe, id, () => stripe.paymentIntents.cancel(id));
    if (charge.status !== "voided" && charge.status !== "declined") return charge;
    const decline = error instanceof Error && "decline_code" in error ? error.decline_code : undefined;
    const refusal = { code: codeOf(error) ?? "", decline_code: typeof decline === "string" ? decline : "" };
    return { ...charge, status: "declined", declineReason: charge.declineReason ?? reasonOf(refusal) };
  }

  /** The bank did not know its shopper: an answer as good as a declined card. */
  async function closed(stripe: Stripe, charge: Charge, id: string): Promise<Charge> {
    if (charge.status === "declined") await unlessElsewhere(stripe, id, () => stripe.paymentIntents.cancel(id));
    return charge;
  }

  function booked(intent: Stripe.PaymentIntent, charge: Charge, updatedSeconds: number): BookedCharge {
    const { order_id: orderId } = intent.metadata;
    return {
      ...charge,
      key: orderId === undefined ? intent.id : chargeKey(orderId),
      createdAt: instant(intent.created * 1_000),
      updatedAt: instant(updatedSeconds * 1_000),
    };
  }

  return {
    name: "stripe",

    async prepare(orderId, { amount, currency }, capture) {
      try {
        const stripe = await sdk();
        const { id } = await stripe.paymentIntents.create(
          {
            amount,
            currency: currency.toLowerCase(),
            capture_method: capture ? "automatic" : "manual",
            allowed_payment_method_types: ["card"],
            ...(!capture && { payment_method_options: { card: { request_multicapture: "if_available" as const } } }),
            metadata: { order_id: orderId },
          },
          { idempotencyKey: `intent:${orderId}` },
        );
        return id;
      } catch (error) {
        if (typeOf(error) === "StripeIdempotencyError") throw errors.AmountDiffers({ orderId }, { cause: error });
        throw unanswered(error);
      }
    },

    charge: (of, _amount, token) =>
      asked(async (stripe) => {
        const id = nameOf(of);
        const method = token.startsWith("tok_")
          ? { payment_method_data: { type: "card" as const, card: { token } } }
          : { payment_method: token };
        try {
          const intent = await stripe.paymentIntents.confirm(
            id,
            { ...method, return_url: returnUrl, expand },
            { idempotencyKey: `confirm:${of.orderId}` },
          );
          return chargeOf(intent);
        } catch (error) {
          if (isRefusedCard(error)) return decline(stripe, id, error);
          if (!isElsewhere(error)) throw error;
          const charge = await look(stripe, id);
          // Given back before it was made, or tried before in a way that nobody remembers.
          if (charge.status === "voided") throw errors.Reversed({ orderId: of.orderId }, { cause: error });
          return closed(stripe, charge, id);
        }
      }),

    // The shopper answers their bank at Stripe, not here.
    authenticate: (of) => asked(async (stripe) => closed(stripe, await look(stripe, nameOf(of)), nameOf(of))),

    capture: (of, captureKey, { amount, asked: sum, whole }) =>
      asked(async (stripe) => {
        const id = nameOf(of);
        const before = await retrieve(stripe, id);
        if (before.status !== "requires_capture") return lookedAt(stripe, before);
        const inParts = latestCharge(before)?.payment_method_details?.card?.multicapture?.status === "available";
        if (!inParts && sum < whole) return chargeOf(before);
        const part = inParts
          ? { amount_to_capture: amount, final_capture: before.amount_received + amount === whole }
          : { amount_to_capture: whole };
        const idempotencyKey = inParts ? captureKey : `capture:${of.orderId}`;
        return unlessElsewhere(stripe, id, () => stripe.paymentIntents.capture(id, part, { idempotencyKey }));
      }),

    giveBack: (of, refundKey, part) =>
      asked(async (stripe) => {
        const { reference: id } = of;
        if (id === null) return undefined; // never named, so never confirmed
        if (part !== undefined) {
          await refundOnce(stripe, id, refundKey, part);
          return look(stripe, id);
        }
        const open = await look(stripe, id);
        const charge = isOpen(open) ? await unlessElsewhere(stripe, id, () => stripe.paymentIntents.cancel(id)) : open;
        // Somebody is confirming it at this moment: asked again, it has come to something.
        if (isOpen(charge)) throw errors.ProviderUnavailable();
        const left = leftOf(charge);
        if (left > 0) await refundOnce(stripe, id, refundKey, left);
        return left > 0 ? look(stripe, id) : charge;
      }),

    find: (key, reference) =>
      asked(async (stripe) => {
        const id = reference ?? (key.startsWith("pi_") ? key : undefined);
        if (id === undefined) return undefined;
        const intent = await retrieve(stripe, id);
        return booked(intent, await lookedAt(stripe, intent), intent.created);
      }),

    book: (position) =>
      asked(async (stripe) => {
        const nowSeconds = Math.floor(now() / 1_000);
        const from = Math.max(position, nowSeconds - eventsKeptSeconds);
        const until = Math.min(from + windowSeconds, nowSeconds);
        const changed = new Map<string, number>();
        const created = { gte: from, lte: until };
        for await (const event of stripe.events.list({ created, limit: 100, types: tellsOfCharges })) {
          const id = intentOf(event.data.object);
          if (id !== undefined && !changed.has(id)) changed.set(id, event.created);
        }
        const charges: BookedCharge[] = [];
        for (const [id, at] of [...changed].toReversed()) {
          const intent = await retrieve(stripe, id);
          charges.push(booked(intent, await lookedAt(stripe, intent), at));
        }
        return { charges, next: until };
      }),

    async notification(headers, body) {
      const stripe = await sdk();
      const signature = headers["stripe-signature"];
      for (const secret of signature ? webhookSecrets : []) {
        try {
          const event = stripe.webhooks.constructEvent(body, signature ?? "", secret, 300, undefined, now());
          const reference = intentOf(event.data.object);
          return { id: event.id, about: reference === undefined ? undefined : { reference } };
        } catch (error) {
          if (typeOf(error) !== "StripeSignatureVerificationError" && !(error instanceof SyntaxError)) throw error;
        }
      }
      throw errors.BadSignature();
    },
  };

  /** Once per key, for ever: a refund carries its key, since Stripe forgets idempotency keys after a day. */
  async function refundOnce(stripe: Stripe, id: string, refundKey: string, amount: number): Promise<void> {
    for await (const { metadata, status } of stripe.refunds.list({ payment_intent: id, limit: 100 }))
      if (metadata?.["key"] === refundKey && status !== "failed" && status !== "canceled") return;
    try {
      await stripe.refunds.create(
        { payment_intent: id, amount, metadata: { key: refundKey } },
        { idempotencyKey: refundKey },
      );
    } catch (error) {
      if (!isElsewhere(error)) throw error;
    }
  }
}

function nameOf({ orderId, reference }: ChargeOf): string {
  if (reference === null) throw new Error(`the payment intent of order ${orderId} was never named`);
  return reference;
}

const isOpen = ({ status }: Charge) => status === "pending" || status === "requires_action" || status === "authorized";

const leftOf = ({ captured, refunded, dispute }: Charge): number =>
  captured - refunded - (dispute && dispute.status !== "won" ? dispute.amount : 0);

/** The payment intent that something is, or belongs to. */
function intentOf(object: unknown): string | undefined {
  if (typeof object !== "object" || object === null) return undefined;
  if ("object" in object && object.object === "payment_intent" && "id" in object)
    return typeof object.id === "string" ? object.id : undefined;
  const intent: unknown = "payment_intent" in object ? object.payment_intent : undefined;
  return typeof intent === "string" ? intent : undefined;
}
