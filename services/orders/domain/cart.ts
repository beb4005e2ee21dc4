import type { Money } from "@souk/kernel";
import { errors } from "../errors.ts";
import type { PricedLine } from "./pricing.ts";

/** At most this many different things in a cart: enough for a shop's largest orders, small enough to price in one go. */
const maxLines = 1_000;

/** As stored. `unitAmount` is the price shown when the line was last touched; `fixed`: set by a merchandiser, never re-priced. */
export type CartLine = PricedLine & { readonly fixed?: true };

export type Cart = {
  readonly cartId: string;
  readonly status: "open" | "ordered" | "abandoned";
  readonly currency: string;
  readonly lines: readonly CartLine[];
};

/** What orders knows of something on sale, from the events of products and inventory. */
export type Offer = {
  readonly sku: string;
  readonly title: string;
  readonly unitAmount: number;
  readonly currency: string;
  readonly weightGrams: number;
  readonly onSale: boolean;
  /** Null until inventory has said anything. */
  readonly available: number | null;
};

export type Problem = {
  readonly kind: "price_changed" | "insufficient_stock" | "variant_gone" | "promotion_expired";
  readonly sku: string;
  readonly message: string;
};

/** A line with today's title, price and weight. */
export type QuotedLine = PricedLine & { readonly title: string; readonly weightGrams: number };

const findOffer = (offers: readonly Offer[], sku: string) => offers.find((offer) => offer.sku === sku && offer.onSale);

/** @throws errors.UnknownSku, errors.OtherCurrency, errors.CartNotOpen, errors.CartFull */
export function setItem(
  cart: Cart,
  item: { sku: string; quantity: number; unitPrice?: Money | undefined },
  offer: Offer | undefined,
): CartLine[] {
  assertOpen(cart);
  if (!offer?.onSale) throw errors.UnknownSku({ sku: item.sku });
  const currency = item.unitPrice?.currency ?? offer.currency;
  if (currency !== cart.currency) throw errors.OtherCurrency({ sku: item.sku, currency: cart.currency });
  const line: CartLine = item.unitPrice
    ? { sku: item.sku, quantity: item.quantity, unitAmount: item.unitPrice.amount, fixed: true }
    : { sku: item.sku, quantity: item.quantity, unitAmount: offer.unitAmount };
  const at = cart.lines.findIndex(({ sku }) => sku === item.sku);
  if (at >= 0) return cart.lines.with(at, line);
  if (cart.lines.length >= maxLines) throw errors.CartFull({ limit: maxLines });
  return [...cart.lines, line];
}

/** Taking out what is not there changes nothing. @throws errors.CartNotOpen */
export function removeItem(cart: Cart, sku: string): CartLine[] {
  assertOpen(cart);
  return cart.lines.filter((line) => line.sku !== sku);
}

function assertOpen({ cartId, status }: Cart): void {
  if (status !== "open") throw errors.CartNotOpen({ cartId, status });
}

/** Today's view of a cart: lines re-priced from the offers, and everything a shopper should know before ordering. */
export function quote(cart: Cart, offers: readonly Offer[]): { lines: QuotedLine[]; problems: Problem[] } {
  const problems: Problem[] = [];
  const lines = cart.lines.map(({ fixed, ...line }): QuotedLine => {
    const { sku } = line;
    const offer = findOffer(offers, sku);
    if (!offer) {
      problems.push({ kind: "variant_gone", sku, message: `${sku} is not on sale any more; take it out of the cart.` });
      return { ...line, title: sku, weightGrams: 0 };
    }
    if (offer.available !== null && offer.available < line.quantity) {
      const message =
        offer.available === 0 ? `${offer.title} is sold out.` : `Only ${offer.available} of ${offer.title} are left.`;
      problems.push({ kind: "insufficient_stock", sku, message });
    }
    const { title, weightGrams } = offer;
    if (fixed) return { ...line, title, weightGrams };
    if (offer.unitAmount !== line.unitAmount) {
      problems.push({
        kind: "price_changed",
        sku,
        message: `${title} cost ${line.unitAmount} when it was put into the cart and costs ${offer.unitAmount} ${offer.currency} (minor units) now.`,
      });
    }
    return { ...line, unitAmount: offer.unitAmount, title, weightGrams };
  });
  return { lines, problems };
}

/**
 * What may be ordered. Stock is not decided here, inventory decides it when it reserves; a changed price must be seen first.
 * @throws errors.CartEmpty, errors.CartHasProblems
 */
export function assertOrderable(cart: Cart, problems: readonly Problem[]): void {
  assertOpen(cart);
  if (cart.lines.length === 0) throw errors.CartEmpty();
  const blocking = problems.filter(({ kind }) => kind === "variant_gone" || kind === "price_changed");
  if (blocking.length > 0) throw errors.CartHasProblems({ problems: blocking.map(({ sku, kind }) => ({ sku, kind })) });
}
