import type { Instant } from "@souk/kernel";
import type { AfterSale, AfterSaleCommand, AfterSaleEvent, Units } from "./after-sale.ts";
import type { Backorder, Fill } from "./backorder.ts";
import type { QuotedLine } from "./cart.ts";
import type { Claim, ClaimPayment, Lapse, LapseEvent, WriteOff } from "./lapse.ts";
import type { Parts, Totals } from "./pricing.ts";

export type Address = {
  name: string;
  line1: string;
  line2?: string;
  city: string;
  region?: string;
  postalCode: string;
  country: string;
};

export type Reason =
  | "out_of_stock"
  | "stock_unanswered"
  | "payment_declined"
  | "payment_expired"
  | "customer"
  | "operator"
  | "invalid";
export type Lifecycle = "pending" | "confirmed" | "completed" | "rejected" | "cancel_pending" | "cancelled";
export type Parcel = {
  readonly shipmentId: string;
  readonly trackingNumber: string;
  readonly lines: readonly Units[];
};

type Confirmation = {
  readonly paymentId: string;
  readonly payment: "authorized" | "captured";
  /** What was not in stock and is to come; absent when all of it was there. */
  readonly backordered?: readonly Units[];
};
/** A payment that waits for its shopper, at the provider's own page when it has one. */
export type Challenge = { readonly paymentId: string; readonly until: Instant; readonly redirectUrl?: string };
/** By somebody who works here, for those who do. */
export type Note = { readonly noteId: string; readonly text: string; readonly by: string };
export type Dispute = { readonly disputeId: string; readonly amount: number; readonly reason: string };

/** A line with its discounts and taxes, as they were when it was ordered. */
export type OrderedLine = QuotedLine & Parts;

/** Everything that is fixed when an order is placed; amounts are minor units of `currency`. */
export type Snapshot = {
  readonly orderId: string;
  readonly number: string;
  readonly cartId: string;
  readonly customerId: string | null;
  readonly email: string;
  readonly currency: string;
  readonly lines: readonly OrderedLine[];
  readonly totals: Totals;
  /** What is taken off shipping, and the taxes on it; absent when there is nothing of either. */
  readonly shipping?: Parts;
  /** Promotions whose use was counted with this order; absent when there are none. */
  readonly redeemed?: readonly string[];
  readonly shippingMethod: "standard" | "express" | "pickup";
  readonly shippingAddress: Address;
  readonly billingAddress?: Address;
  /** Whose return it is sent for, when it replaces what came back. */
  readonly exchangeOf?: { readonly orderId: string; readonly returnId: string };
};

export type State =
  | { readonly lifecycle: "new" }
  | {
      readonly lifecycle: Lifecycle;
      readonly order: Snapshot;
      readonly paid: number;
      readonly refunded: number;
      /** Taken so far; `paid` is what is owed for it. They differ while parcels of an authorized payment are on their way out. */
      readonly captured: number;
      readonly payment:
        | "none"
        | "awaiting_provider"
        | "requires_action"
        | "authorized"
        | "captured"
        | "declined"
        | "voided";
      readonly paymentId?: string;
      readonly challenge?: Challenge;
      readonly dispute?: "open" | "won" | "lost";
      readonly reason?: Reason;
      /** Parcels by id: a fact told twice counts once. */
      readonly dispatched: readonly Parcel[];
      readonly delivered: readonly Parcel[];
      readonly lost: readonly Parcel[];
      /** What is never sent, because the money reserved for it was let go of after something had left. */
      readonly heldBack: readonly Units[];
      readonly lapse?: Lapse;
      readonly claim?: Claim;
      readonly backorder: Backorder;
      readonly afterSale: AfterSale;
    };

export type Command =
  | { readonly type: "place"; readonly order: Snapshot }
  | { readonly type: "await provider" }
  | ({ readonly type: "await shopper" } & Challenge)
  | ({ readonly type: "confirm" } & Confirmation)
  /** Of what was promised and not in stock, some has come. */
  | ({ readonly type: "fill backorder" } & Fill)
  | { readonly type: "reject"; readonly reason: Reason; readonly detail: string }
  | { readonly type: "request cancel"; readonly by: "customer" | "operator"; readonly note?: string }
  | { readonly type: "refuse cancel"; readonly why: string }
  | ({ readonly type: "give up payment" } & Lapse)
  /** `lines` stay here of an order whose payment was given up; `forgone` of them were yet to come into stock. */
  | { readonly type: "cancel rest"; readonly lines: readonly Units[]; readonly forgone: readonly Units[] }
  | ({ readonly type: "write off claim" } & WriteOff)
  | ({ readonly type: "record claim payment"; readonly currency: string } & ClaimPayment)
  /** `refunded`: minor units given back in all; 0 when the payment was voided. */
  | { readonly type: "cancel"; readonly refunded: number }
  /** `refunded`: in all, by the ledger; `amount`: by this very fact; `refundId`: when it was one that was granted here. */
  | { readonly type: "record refund"; readonly refunded: number; readonly amount: number; readonly refundId?: string }
  /** `captured`: minor units taken in all of an authorized payment. */
  | { readonly type: "record capture"; readonly captured: number }
  | ({ readonly type: "open dispute" } & Dispute)
  | ({ readonly type: "close dispute"; readonly outcome: "won" | "lost" } & Dispute)
  | { readonly type: "dispatch"; readonly parcel: Parcel }
  | { readonly type: "deliver"; readonly parcel: Parcel }
  | { readonly type: "lose"; readonly parcel: Parcel }
  | ({ readonly type: "add note" } & Note)
  | AfterSaleCommand;

export type Event =
  | { readonly type: "placed"; readonly order: Snapshot }
  | { readonly type: "provider awaited" }
  | ({ readonly type: "shopper awaited" } & Challenge)
  | ({ readonly type: "confirmed" } & Confirmation)
  | ({ readonly type: "backorder filled" } & Fill)
  | { readonly type: "rejected"; readonly reason: Reason; readonly detail: string }
  | { readonly type: "cancel requested"; readonly by: "customer" | "operator"; readonly note?: string }
  | { readonly type: "cancel refused"; readonly why: string }
  | { readonly type: "cancelled"; readonly reason: Reason }
  | { readonly type: "refunded"; readonly refunded: number }
  | { readonly type: "captured"; readonly captured: number }
  | ({ readonly type: "dispute opened" } & Dispute)
  | ({ readonly type: "dispute closed"; readonly outcome: "won" | "lost" } & Dispute)
  | { readonly type: "dispatched"; readonly parcel: Parcel }
  | { readonly type: "delivered"; readonly parcel: Parcel }
  | { readonly type: "parcel lost"; readonly parcel: Parcel }
  | { readonly type: "completed" }
  | ({ readonly type: "note added" } & Note)
  | LapseEvent
  | AfterSaleEvent;

export type Existing = Exclude<State, { lifecycle: "new" }>;
