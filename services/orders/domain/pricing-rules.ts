import type { Instant } from "@souk/kernel";

type Money = { readonly amount: number; readonly currency: string };

export type Effect =
  | { readonly kind: "percentage"; readonly of: "lines" | "order"; readonly percent: number }
  /** Off each unit, or once off the order. */
  | { readonly kind: "fixed"; readonly of: "lines" | "order"; readonly amount: Money }
  /** Of every `buy + get` units the `get` cheapest are `percent` off; free when it is left out. */
  | { readonly kind: "buy_x_get_y"; readonly buy: number; readonly get: number; readonly percent?: number }
  | { readonly kind: "free_shipping"; readonly methods?: readonly string[] };

/** As products tells of it. Whatever a condition leaves out holds for everything and everybody. */
export type Promotion = {
  readonly promotionId: string;
  readonly name: string;
  /** The coupon, in capitals; null: it applies by itself. */
  readonly code: string | null;
  readonly effect: Effect;
  readonly conditions: {
    readonly skus?: readonly string[];
    readonly categories?: readonly string[];
    readonly minSubtotal?: Money;
    readonly minQuantity?: number;
    readonly currency?: string;
    readonly groups?: readonly string[];
    readonly firstOrder?: boolean;
    readonly startsAt?: Instant;
    readonly endsAt?: Instant;
  };
  readonly limits: { readonly uses?: number; readonly usesPerCustomer?: number; readonly budget?: Money };
  readonly status: "active" | "archived";
};

/** How often a promotion was used so far, and what it has cost in minor units. */
export type Usage = { readonly uses: number; readonly spent: number };
/** A promotion whose limits are known to stand where `usage` says. */
export type LivePromotion = Promotion & { readonly usage?: Usage };

/** As products tells of it. `percent` has at most four decimals. */
export type TaxRate = {
  readonly code: string;
  readonly name: string;
  readonly country: string;
  /** Null: the whole country. */
  readonly region: string | null;
  readonly percent: number;
  readonly taxClasses: readonly string[];
  /** Prices contain it; otherwise it is added. */
  readonly included: boolean;
  readonly shipping: boolean;
  /** A region's, instead of its country's. */
  readonly replaces: boolean;
  readonly exemptGroups: readonly string[];
};

/** What pricing has to know of who buys. */
export type Shopper = {
  readonly isSignedIn: boolean;
  readonly groups: readonly string[];
  readonly isFirstOrder: boolean;
  /** How often they have used a promotion, by its id; those never used are left out. */
  readonly uses: Readonly<Record<string, number>>;
};
export const stranger: Shopper = { isSignedIn: false, groups: [], isFirstOrder: true, uses: {} };

/** Whether its use is counted, in the transaction that places the order. A first order comes once. */
export const isLimited = ({ limits, conditions }: Promotion): boolean =>
  limits.uses !== undefined ||
  limits.usesPerCustomer !== undefined ||
  limits.budget !== undefined ||
  conditions.firstOrder === true;

/** How many orders of one customer may use it; undefined: as many as they like. */
export const usesPerCustomer = ({ limits, conditions }: Promotion): number | undefined =>
  conditions.firstOrder ? 1 : limits.usesPerCustomer;
