import type Stripe from "stripe";
import type { Charge, DeclineReason, Dispute } from "../../domain/payment.ts";

/** What a payment intent, with its `latest_charge` expanded, says. @param disputes those of the intent, newest first */
export function chargeOf(intent: Stripe.PaymentIntent, disputes: readonly Stripe.Dispute[] = []): Charge {
  const made = latestCharge(intent);
  const status = statusOf(intent);
  const dispute = disputes.map(disputeOf).find((one) => one !== undefined);
  const redirectUrl = intent.next_action?.redirect_to_url?.url ?? undefined;
  return {
    status,
    amount: intent.amount,
    currency: intent.currency.toUpperCase(),
    captured: intent.amount_received,
    refunded: made?.amount_refunded ?? 0,
    reference: intent.id,
    ...(status === "declined" && { declineReason: reasonOf(intent.last_payment_error) }),
    ...(redirectUrl && { redirectUrl }),
    ...(dispute && { dispute }),
  };
}

/** Undefined when nothing was ever tried, or the charge was not expanded. */
export const latestCharge = ({ latest_charge: made }: Stripe.PaymentIntent): Stripe.Charge | undefined =>
  typeof made === "object" && made !== null ? made : undefined;

function statusOf(intent: Stripe.PaymentIntent): Charge["status"] {
  switch (intent.status) {
    case "requires_action":
      return "requires_action";
    case "requires_capture":
      return "authorized";
    case "succeeded":
      return "succeeded";
    case "requires_payment_method":
      return intent.last_payment_error ? "declined" : "pending";
    case "canceled": {
      if (intent.amount_received > 0) return "succeeded"; // what was left of it was let go
      // An intent that was declined is cancelled by us, so that nobody can try again behind the order's back.
      if (intent.last_payment_error) return "declined";
      const { cancellation_reason: reason } = intent;
      return reason === "automatic" || reason === "expired" ? "expired" : "voided";
    }
    default:
      return "pending";
  }
}

type Refusal = Pick<Stripe.PaymentIntent.LastPaymentError, "code" | "decline_code">;

/** Stripe's many reasons, in the few words that help a shopper. */
export function reasonOf(refusal: Refusal | null): DeclineReason {
  const { code, decline_code: decline } = refusal ?? {};
  if (decline === "insufficient_funds" || code === "insufficient_funds") return "insufficient_funds";
  if (code === "expired_card") return "expired_card";
  if (code === "authentication_required" || code === "payment_intent_authentication_failure")
    return "authentication_required";
  if (code === "resource_missing" || code === "token_already_used") return "invalid_token";
  return "card_declined";
}

/** Undefined for an inquiry: it takes no money back, and may become a dispute. */
function disputeOf({ id, status, amount, reason }: Stripe.Dispute): Dispute | undefined {
  if (status.startsWith("warning_") || status === "prevented") return undefined;
  return { disputeId: id, status: isDecided(status) ? status : "open", amount, reason };
}

const isDecided = (status: string): status is "won" | "lost" => status === "won" || status === "lost";
