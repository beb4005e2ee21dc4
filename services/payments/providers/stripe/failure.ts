import { ServiceError } from "@souk/kernel";
import type Stripe from "stripe";
import { errors } from "../../errors.ts";

/**
 * What a failed call means. A time-out, a lost connection, too many requests, their own failure, a key of ours that they do not take: nobody
 * knows, ask again. What Stripe says of it (which may name our account) stays in the cause, for the logs.
 */
export function unanswered(error: unknown): unknown {
  if (error instanceof ServiceError) return error;
  return typeOf(error) === undefined ? error : errors.ProviderUnavailable({ cause: error });
}

/** Stripe's class of an error; undefined for what did not come from its SDK. Not `instanceof`: the SDK is loaded when it is used. */
export function typeOf(error: unknown): Stripe.errors.StripeError["type"] | undefined {
  const type: unknown = error instanceof Error && "type" in error ? error.type : undefined;
  return typeof type === "string" && type.startsWith("Stripe")
    ? (type as Stripe.errors.StripeError["type"])
    : undefined; // as: the SDK's own names
}

export const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;

/** The card was refused: an answer, and a final one. */
export const isRefusedCard = (error: unknown): boolean =>
  typeOf(error) === "StripeCardError" || (typeOf(error) === "StripeInvalidRequestError" && isBadMethod(error));

const isBadMethod = (error: unknown) => {
  const param: unknown = error instanceof Error && "param" in error ? error.param : undefined;
  return typeof param === "string" && /^payment_method/.test(param);
};

/** The intent is not where the call needs it: somebody has moved it meanwhile, so it has to be looked at. */
export const isElsewhere = (error: unknown): boolean =>
  ["payment_intent_unexpected_state", "charge_already_refunded", "charge_already_captured", "charge_disputed"].includes(
    codeOf(error) ?? "",
  );
