import { type Instant, instant, type Money } from "@souk/kernel";
import { errors } from "../errors.ts";
import { equal } from "./equal.ts";
import { isPercentage } from "./percentage.ts";

export type Effect =
  | { readonly kind: "percentage"; readonly of: "lines" | "order"; readonly percent: number }
  | { readonly kind: "fixed"; readonly of: "lines" | "order"; readonly amount: Money }
  | { readonly kind: "buy_x_get_y"; readonly buy: number; readonly get: number; readonly percent?: number }
  | { readonly kind: "free_shipping"; readonly methods?: ("standard" | "express" | "pickup")[] };

export type Conditions = {
  readonly skus?: string[];
  readonly categories?: string[];
  readonly minSubtotal?: Money;
  readonly minQuantity?: number;
  readonly currency?: string;
  readonly groups?: string[];
  readonly firstOrder?: boolean;
  readonly startsAt?: Instant;
  readonly endsAt?: Instant;
};
export type Limits = { readonly uses?: number; readonly usesPerCustomer?: number; readonly budget?: Money };

export type Promotion = {
  readonly id: string;
  readonly name: string;
  /** In capitals; null: it applies by itself. */
  readonly code: string | null;
  readonly effect: Effect;
  readonly conditions: Conditions;
  readonly limits: Limits;
  readonly status: "active" | "archived";
  /** Counted from 1, without gaps. */
  readonly version: number;
};

type Draft = Pick<Promotion, "id" | "name" | "effect"> & {
  readonly code?: string;
  readonly conditions?: Conditions;
  readonly limits?: Limits;
};
/** What a change leaves out stays as it is. */
export type PromotionChange = Partial<Omit<Promotion, "id" | "version">>;

/** @throws ServiceError `PromotionInvalid` */
export const newPromotion = ({ code, conditions = {}, limits = {}, ...draft }: Draft): Promotion =>
  checked({ ...draft, code: code ?? null, conditions, limits, status: "active", version: 1 });

/** The next version; the promotion itself when the change says nothing new. @throws ServiceError `PromotionInvalid` */
export function changePromotion(promotion: Promotion, change: PromotionChange): Promotion {
  const next = checked({ ...promotion, ...change });
  return equal(next, promotion) ? promotion : { ...next, version: promotion.version + 1 };
}

/** With its code in capitals and its instants in one form. */
function checked(given: Promotion): Promotion {
  const { startsAt, endsAt, ...conditions } = given.conditions;
  const promotion: Promotion = {
    ...given,
    code: given.code?.toUpperCase() ?? null,
    conditions: {
      ...conditions,
      ...(startsAt !== undefined && { startsAt: instant(Date.parse(startsAt)) }),
      ...(endsAt !== undefined && { endsAt: instant(Date.parse(endsAt)) }),
    },
  };
  const problem = faults(promotion);
  if (problem) throw errors.PromotionInvalid(problem);
  return promotion;
}

/** What no form can say: how its parts fit together. */
function faults({ effect, conditions, limits }: Promotion): { field: string; why: string } | undefined {
  const { startsAt, endsAt, groups } = conditions;
  if ("percent" in effect && effect.percent !== undefined && !isPercentage(effect.percent))
    return { field: "/effect/percent", why: "it has more than four decimals" };
  if (effect.kind === "fixed" && effect.amount.amount === 0)
    return { field: "/effect/amount", why: "it takes nothing off" };
  if (startsAt !== undefined && endsAt !== undefined && startsAt >= endsAt)
    return { field: "/conditions/endsAt", why: "it ends before it starts" };
  if (groups?.length === 0) return { field: "/conditions/groups", why: "it is for nobody" };
  const money = {
    "/effect/amount": effect.kind === "fixed" ? effect.amount.currency : undefined,
    "/conditions/minSubtotal": conditions.minSubtotal?.currency,
    "/conditions/currency": conditions.currency,
    "/limits/budget": limits.budget?.currency,
  };
  const [first, ...others] = Object.entries(money).filter(([, currency]) => currency !== undefined);
  const odd = others.find(([, currency]) => currency !== first?.[1]);
  return odd && first
    ? { field: odd[0], why: `its currency is ${odd[1]}, and that of ${first[0]} is ${first[1]}` }
    : undefined;
}
