import type { Money } from "@souk/kernel";

type Named = { readonly name: string };
type Linked = Named & { readonly url: string };
type Ordered = { readonly number: string };
export type PostalAddress = {
  readonly name: string;
  readonly line1: string;
  readonly line2?: string;
  readonly city: string;
  readonly region?: string;
  readonly postalCode: string;
  readonly country: string;
};
export type Totals = {
  readonly subtotal: number;
  readonly discount: number;
  readonly shipping: number;
  readonly tax: number;
  readonly total: number;
  /** By promotion; without it `discount` is one sum. */
  readonly discounts?: readonly { readonly name: string; readonly amount: number }[];
  /** By rate. `included`: it is inside the prices, and `tax` does not count it. */
  readonly taxes?: readonly {
    readonly name: string;
    readonly percent: number;
    readonly included: boolean;
    readonly amount: number;
  }[];
};
type Listed = { readonly lines: readonly { readonly title: string; readonly quantity: number }[] };

/** What each template has to be told. JSON: it is kept until the message is sent. */
export type FactsOf = {
  readonly welcome: Linked;
  readonly "verify-address": Linked;
  readonly "address-taken": Linked;
  readonly "address-changed": Linked;
  readonly "reset-password": Linked;
  readonly "password-changed": Linked;
  readonly "second-factor-changed": Linked;
  readonly "api-key-made": Linked;
  readonly "order-confirmed": Ordered & {
    readonly currency: string;
    readonly lines: readonly { readonly title: string; readonly quantity: number; readonly amount: number }[];
    readonly totals: Totals;
    readonly shippingMethod: "standard" | "express" | "pickup";
    readonly shippingAddress: PostalAddress;
    /** What of it is not in stock yet. */
    readonly awaited?: readonly { readonly title: string; readonly quantity: number }[];
    /** Where it waits, line by line, when its customer fetches it. */
    readonly pickUpAt?: readonly string[];
  };
  /** Of what was not in stock some has come, and its customer fetches it. */
  readonly "pickup-ready": Ordered & Listed & { readonly pickUpAt: readonly string[] };
  readonly "order-rejected": Ordered & { readonly reason: string };
  /** `collected`: its customer has picked it up, and nothing is on its way. */
  readonly "order-shipped": Ordered &
    Listed & { readonly trackingNumber: string; readonly trackingUrl: string; readonly collected?: boolean };
  readonly "parcel-lost": Ordered & Listed & { readonly trackingNumber: string };
  readonly "order-cancelled": Ordered;
  /** `notCharged`: for the lines, with their part of shipping. `charged`: for what was sent. */
  readonly "rest-cancelled": Ordered & {
    readonly currency: string;
    readonly lines: readonly { readonly title: string; readonly quantity: number; readonly amount: number }[];
    readonly notCharged: number;
    readonly charged: number;
  };
  /** `paid` and `refunded`: all that was taken for the order, and all that was given back of it by now. */
  readonly "payment-refunded": Ordered & { readonly amount: Money; readonly paid?: Money; readonly refunded?: Money };
  readonly "return-requested": Ordered & Listed & { readonly returnNumber: string };
  readonly "return-label": Ordered & Listed & { readonly labelUrl: string; readonly until: string };
  readonly "return-rejected": Ordered & { readonly returnNumber: string; readonly why: string };
  readonly "return-received": Ordered & Listed & { readonly returnNumber: string; readonly value: Money };
  readonly "abandoned-cart": Listed & { readonly shopUrl: string };
  readonly "low-stock": { readonly sku: string; readonly available: number; readonly threshold: number };
  readonly "webhook-disabled": { readonly url: string; readonly since: string; readonly lastError: string };
};
export type Template = keyof FactsOf;

/** One template with what it has to be told. */
export type Content<T extends Template = Template> = {
  readonly [K in T]: { readonly template: K; readonly facts: FactsOf[K] };
}[T];

/** What people may do without; everything else they are told because they asked for it or have to know. */
export const categories = ["reminders"] as const;
export type Category = (typeof categories)[number];
const optional: Readonly<Partial<Record<Template, Category>>> = { "abandoned-cart": "reminders" };
/** Undefined what is sent whatever people prefer. */
export const categoryOf = (template: Template): Category | undefined => optional[template];
