import type { BookedCharge, Charge, ProviderName } from "../domain/payment.ts";

export type Amount = { readonly amount: number; readonly currency: string };
/** An order's charge, as we name it and as the provider does (null where our own key is enough). */
export type ChargeOf = { readonly orderId: string; readonly reference: string | null };

/** Minor units: of this part, of all parts that were asked for with it, and of the whole. */
export type Part = { readonly amount: number; readonly asked: number; readonly whole: number };

/**
 * A provider, asked in terms of orders. Every request carries a key made of the order and what is done, never of the attempt: asked
 * again after an unknown outcome it answers what it did. All throw `errors.ProviderUnavailable` when nobody knows what happened.
 */
export type Provider = {
  readonly name: ProviderName;
  /**
   * For a provider that gives a charge a name of its own: gets it, before any money can move. The caller keeps it first, so that the
   * charge can be found again after any crash.
   */
  readonly prepare?: (orderId: string, amount: Amount, capture: boolean) => Promise<string>;
  /** @param capture false only reserves  @throws errors.Reversed when the charge was given back before it was made */
  charge(of: ChargeOf, amount: Amount, token: string, capture: boolean): Promise<Charge>;
  /** Answers the bank for the shopper where that is ours to do, else looks how it went. Undefined when there is no such charge. */
  authenticate(of: ChargeOf, outcome: "succeed" | "fail"): Promise<Charge | undefined>;
  /**
   * Takes a part of what is reserved. A card that can be captured only once is, when all parts have been asked for.
   * @throws errors.NotAuthorized
   */
  capture(of: ChargeOf, captureKey: string, part: Part): Promise<Charge>;
  /**
   * Voids and refunds. Undefined when nothing was ever charged, and now never will be.
   * @param part minor units to refund; without it everything that was taken or reserved
   */
  giveBack(of: ChargeOf, refundKey: string, part?: number): Promise<Charge | undefined>;
  /** By our key, or by the provider's name for it where we know that. Undefined when nothing was charged. */
  find(key: string, reference: string | null): Promise<BookedCharge | undefined>;
  /** What has changed after `position`, in that order, and where to go on; the same position when there is nothing. */
  book(position: number): Promise<{ readonly charges: readonly BookedCharge[]; readonly next: number }>;
  /**
   * Reads a notification. What it is about is only a hint: what happened is asked.
   * @throws errors.BadSignature when the provider has not signed it just now
   */
  notification(headers: Readonly<Record<string, string | undefined>>, body: string): Promise<Notification>;
};
/** Which charge there is news of, by whose name for it; undefined for none of ours. */
export type Notification = {
  readonly id: string;
  readonly about: { readonly orderId: string } | { readonly reference: string } | undefined;
};

const prefix = "charge:";
export const chargeKey = (orderId: string): string => `${prefix}${orderId}`;
const ours = new RegExp(`^${prefix}[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`);
/** Undefined when the charge was made under no key of ours: a mistake of somebody's that a person must look at. */
export const orderOf = (key: string): string | undefined => (ours.test(key) ? key.slice(prefix.length) : undefined);
