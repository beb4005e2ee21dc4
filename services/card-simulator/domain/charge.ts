import { errors } from "../errors.ts";
import type { DeclineReason } from "./cards.ts";

export type Dispute = {
  readonly disputeId: string;
  readonly status: "open" | "won" | "lost";
  readonly amount: number;
  readonly reason: string;
};

/** What may change in the life of a charge; amounts in minor units. */
export type Charge = {
  readonly key: string;
  readonly status: "requires_action" | "authorized" | "succeeded" | "declined" | "voided" | "expired";
  readonly declineReason: DeclineReason | null;
  readonly amount: number;
  readonly captured: number;
  readonly refunded: number;
  /** Whether it is taken once its challenge is met, or only reserved. */
  readonly capture: boolean;
  readonly dispute: Dispute | null;
};

/** The cardholder's answer to the bank. Undefined when nobody is asked, any more or at all. */
export function answered<C extends Charge>(charge: C, outcome: "succeed" | "fail"): C | undefined {
  if (charge.status !== "requires_action") return undefined;
  if (outcome === "fail") return { ...charge, status: "declined", declineReason: "authentication_required" };
  return charge.capture
    ? { ...charge, status: "succeeded", captured: charge.amount }
    : { ...charge, status: "authorized" };
}

/** Takes a part of what is reserved. @throws errors.NotOpen, errors.CaptureTooLarge */
export function captured<C extends Charge>(charge: C, part: number): C {
  const { key, status } = charge;
  if (status !== "authorized") throw errors.NotOpen({ key, status });
  const reserved = charge.amount - charge.captured;
  if (part > reserved) throw errors.CaptureTooLarge({ requested: part, reserved });
  return { ...charge, captured: charge.captured + part, status: part === reserved ? "succeeded" : "authorized" };
}

/** Lets go of what is not taken yet. Undefined when nothing is reserved. */
export function letGo<C extends Charge>(charge: C): C | undefined {
  if (charge.status !== "authorized" && charge.status !== "requires_action") return undefined;
  return { ...charge, status: charge.captured > 0 ? "succeeded" : "voided" };
}

/** The same, by the bank itself. Undefined when it was let go of before. @throws errors.NotOpen when it was taken, or refused */
export function letGoByBank<C extends Charge>(charge: C): C | undefined {
  const { key, status, amount } = charge;
  const wasLetGo = status === "voided" || status === "expired" || (status === "succeeded" && charge.captured < amount);
  const after = wasLetGo ? undefined : letGo(charge);
  if (!wasLetGo && !after) throw errors.NotOpen({ key, status });
  return after;
}

/** What a refund may still give back: what is disputed has gone back, or is about to be decided on. */
export const refundable = ({ captured, refunded, dispute }: Charge): number =>
  captured - refunded - (dispute && dispute.status !== "won" ? dispute.amount : 0);

/** The charge disputed, or its dispute decided. Undefined when it is so already. @throws errors.NotDisputable */
export function disputed<C extends Charge>(
  charge: C,
  { status, disputeId, reason }: Omit<Dispute, "amount">,
): C | undefined {
  const { key, dispute } = charge;
  if (dispute?.status === status) return undefined;
  if (dispute) {
    if (dispute.status !== "open" || status === "open") throw errors.NotDisputable({ key });
    return { ...charge, dispute: { ...dispute, status } };
  }
  const amount = charge.captured - charge.refunded;
  if (status !== "open" || amount <= 0) throw errors.NotDisputable({ key });
  return { ...charge, dispute: { disputeId, status, amount, reason } };
}
