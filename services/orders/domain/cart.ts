import type { Money } from "@souk/kernel";
import { errors } from "../errors.ts";
import type { PricedLine, PricingLine } from "./pricing.ts";

/** How much one cart may hold of the shop: against hoarding, and so that it can be priced in one go. */
export type CartLimits = { readonly lines: number; readonly unitsPerLine: number };

/** As stored. `unitAmount` is the price shown when the line was last touched; `fixed`: set by a merchandiser, never re-priced. */
export type CartLine = PricedLine & { readonly fixed?: true };

export type Cart = {
  readonly cartId: string;
  readonly status: "open" | "ordered" | "abandoned";
  readonly currency: string;
  readonly lines: readonly CartLine[];
  /** In capitals; whether it counts is decided whenever the cart is priced. */
  readonly coupon: string | null;
};

/** What orders knows of something on sale, from the events of products and inventory. */
export type Offer = {
  readonly sku: string;
  readonly title: string;
  readonly unitAmount: number;
  readonly currency: string;
  readonly weightGrams: number;
  readonly taxClass: string;
  /** Slugs: its own category's, and of those above it. */
  readonly categories: readonly string[];
  readonly onSale: boolean;
  /** Null until inventory has said anything. */
  readonly available: number | null;
};

export type Problem = {
  readonly kind: "price_changed" | "insufficient_stock" | "variant_gone" | "promotion_expired";
  /** Empty when it is about the whole cart. */
  readonly sku: string;
  readonly message: string;
  readonly was?: Money;
  readonly now?: Money;
  readonly available?: number;
  /** The coupon. */
  readonly code?: string;
};

/** A line with today's title, price and weight. */
export type QuotedLine = PricedLine & { readonly title: string; readonly weightGrams: number };
/** And with what promotions and taxes ask for. */
export type PriceableLine = QuotedLine & PricingLine;

/** What is on sale under the SKU, in this currency. */
const findOffer = (offers: readonly Offer[], sku: string, currency: string) =>
  offers.find((offer) => offer.sku === sku && offer.onSale && offer.currency === currency);

/** @throws errors.UnknownSku, errors.OtherCurrency, errors.CartNotOpen, errors.CartFull, errors.TooMany */
export function setItem(
  cart: Cart,
  item: { sku: string; quantity: number; unitPrice?: Money | undefined },
  offer: Offer | undefined,
  limits: CartLimits,
): CartLine[] {
  assertOpen(cart);
  if (item.quantity > limits.unitsPerLine) throw errors.TooMany({ sku: item.sku, limit: limits.unitsPerLine });
  if (!offer?.onSale) throw errors.UnknownSku({ sku: item.sku });
  const currency = item.unitPrice?.currency ?? offer.currency;
  if (currency !== cart.currency) throw errors.OtherCurrency({ sku: item.sku, currency: cart.currency });
  const line: CartLine = item.unitPrice
    ? { sku: item.sku, quantity: item.quantity, unitAmount: item.unitPrice.amount, fixed: true }
    : { sku: item.sku, quantity: item.quantity, unitAmount: offer.unitAmount };
  const at = cart.lines.findIndex(({ sku }) => sku === item.sku);
  if (at >= 0) return cart.lines.with(at, line);
  if (cart.lines.length >= limits.lines) throw errors.CartFull({ limit: limits.lines });
  return [...cart.lines, line];
}

/** Taking out what is not there changes nothing. @throws errors.CartNotOpen */
export function removeItem(cart: Cart, sku: string): CartLine[] {
  assertOpen(cart);
  return cart.lines.filter((line) => line.sku !== sku);
}

/**
 * A customer's lines with those of the cart they had as a guest, or of an order: of one SKU the larger quantity stays, and a price that a merchandiser set.
 * What does not fit any more is left out, latest first: nobody's signing in fails for it.
 */
export function mergeLines(own: readonly CartLine[], guests: readonly CartLine[], { lines }: CartLimits): CartLine[] {
  const both = own.map((line) => {
    const other = guests.find(({ sku }) => sku === line.sku);
    return line.fixed || !other || other.quantity <= line.quantity ? line : other;
  });
  const more = guests.filter(({ sku }) => !own.some((line) => line.sku === sku));
  return [...both, ...more].slice(0, Math.max(lines, own.length));
}

/** What was ordered, at today's prices. What is gone keeps the price of the order: the cart lists it, to be taken out. */
export const linesAgain = (
  ordered: readonly PricedLine[],
  offers: readonly Offer[],
  currency: string,
  { unitsPerLine }: CartLimits,
): CartLine[] =>
  ordered.map(({ sku, quantity, unitAmount }) => ({
    sku,
    quantity: Math.min(quantity, unitsPerLine),
    unitAmount: findOffer(offers, sku, currency)?.unitAmount ?? unitAmount,
  }));

export function assertOpen({ cartId, status }: Cart): void {
  if (status !== "open") throw errors.CartNotOpen({ cartId, status });
}

/** Today's view of a cart: lines re-priced from the offers, and everything a shopper should know before ordering. */
export function quote(cart: Cart, offers: readonly Offer[]): { lines: PriceableLine[]; problems: Problem[] } {
  const problems: Problem[] = [];
  const lines = cart.lines.map((line): PriceableLine => {
    const { sku } = line;
    const offer = line.fixed
      ? offers.find((one) => one.sku === sku && one.onSale)
      : findOffer(offers, sku, cart.currency);
    if (!offer) {
      const message = `${sku} is not on sale in ${cart.currency} any more; take it out of the cart.`;
      problems.push({ kind: "variant_gone", sku, message });
      return { ...line, title: sku, weightGrams: 0 };
    }
    if (offer.available !== null && offer.available < line.quantity) {
      const message =
        offer.available <= 0 ? `${offer.title} is sold out.` : `Only ${offer.available} of ${offer.title} are left.`;
      problems.push({ kind: "insufficient_stock", sku, message, available: Math.max(0, offer.available) });
    }
    const { title, weightGrams, taxClass, categories } = offer;
    if (line.fixed) return { ...line, title, weightGrams, taxClass };
    if (offer.unitAmount !== line.unitAmount) {
      const { currency } = offer;
      problems.push({
        kind: "price_changed",
        sku,
        message: `${title} cost ${shown(line.unitAmount, currency)} when it was put into the cart and costs ${shown(offer.unitAmount, currency)} now.`,
        was: { amount: line.unitAmount, currency },
        now: { amount: offer.unitAmount, currency },
      });
    }
    return { ...line, unitAmount: offer.unitAmount, title, weightGrams, taxClass, categories };
  });
  return { lines, problems };
}

/** For people: `€4.50`, `¥450`, `KWD 0.450`. */
function shown(amount: number, currency: string): string {
  const format = new Intl.NumberFormat("en", { style: "currency", currency });
  return format.format(amount / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
}

/**
 * What may be ordered. Stock is not decided here, inventory decides it when it reserves; a changed price must be seen first.
 * @throws errors.CartEmpty, errors.CartHasProblems
 */
export function assertOrderable(cart: Cart, problems: readonly Problem[]): void {
  assertOpen(cart);
  if (cart.lines.length === 0) throw errors.CartEmpty();
  const blocking = problems.filter(({ kind }) => kind !== "insufficient_stock");
  if (blocking.length > 0) throw errors.CartHasProblems({ problems: blocking.map(({ sku, kind }) => ({ sku, kind })) });
}
