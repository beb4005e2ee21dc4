export type DeclineReason =
  | "card_declined"
  | "insufficient_funds"
  | "authentication_required"
  | "invalid_token"
  | "expired_card";

/** How a card behaves. Times are milliseconds. */
export type Behaviour = {
  readonly decline?: DeclineReason;
  readonly answerAfterMs?: number;
  /** The first answer never comes, though the money was taken. */
  readonly hangs?: true;
  /** When to notify the merchant of a success: once per entry, so many ms later. */
  readonly webhooksAfterMs?: readonly number[];
  /** The bank wants to hear from the cardholder before anything is taken. */
  readonly challenge?: true;
  /** The cardholder disputes it as soon as it is taken. */
  readonly disputed?: true;
};

/** The documented test cards; any other number is refused. */
const cards: ReadonlyMap<string, Behaviour> = new Map(
  Object.entries<Behaviour>({
    "4242424242424242": {},
    "4000000000000002": { decline: "card_declined" },
    "4000000000009995": { decline: "insufficient_funds" },
    "4000002500003155": { challenge: true },
    "4000000000000341": { answerAfterMs: 3_000 },
    "4000000000000119": { hangs: true },
    "4000000000000259": { webhooksAfterMs: [0, 0] },
    "4000000000006975": { webhooksAfterMs: [30_000] },
    "4000000000002685": { disputed: true },
  }),
);

export const behaviourOf = (number: string): Behaviour => cards.get(number) ?? { decline: "card_declined" };

export const brandOf = (number: string): string =>
  number.startsWith("4") ? "visa" : /^5[1-5]/.test(number) ? "mastercard" : /^3[47]/.test(number) ? "amex" : "unknown";

/** A card is good until the last day of its month. @param now ISO 8601 */
export const expired = (expYear: number, expMonth: number, now: string): boolean =>
  `${expYear}-${String(expMonth).padStart(2, "0")}` < now.slice(0, 7);
