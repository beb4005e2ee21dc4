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
  const found = misfits(promotion);
  if (found.length > 0) throw errors.PromotionInvalid(found);
  return promotion;
}

/** What no form can say: how its parts fit together. */
function misfits({ effect, conditions, limits }: Promotion): { field: string; message: string }[] {
  const { startsAt, endsAt } = conditions;
  const money: readonly (readonly [field: string, currency: string | undefined])[] = [
    ["/effect/amount", effect.kind === "fixed" ? effect.amount.currency : undefined],
    ["/conditions/minSubtotal", conditions.minSubtotal?.currency],
    ["/conditions/currency", conditions.currency],
    ["/limits/budget", limits.budget?.currency],
  ];
  const [first, ...others] = money.filter(([, currency]) => currency !== undefined);
  const problems: readonly (readonly [isSo: boolean, field: string, message: string])[] = [
    [
      "percent" in effect && effect.percent !== undefined && !isPercentage(effect.percent),
      "/effect/percent",
      "has more than four decimals",
    ],
    [effect.kind === "fixed" && effect.amount.amount === 0, "/effect/amount", "takes nothing off"],
    [
      startsAt !== undefined && endsAt !== undefined && startsAt >= endsAt,
      "/conditions/endsAt",
      "is not after the start",
    ],
    ...others.map(
      ([field, currency]) =>
        [currency !== first?.[1], field, `is in ${currency}, and ${first?.[0]} in ${first?.[1]}`] as const,
    ),
  ];
  return problems.flatMap(([isSo, field, message]) => (isSo ? [{ field, message }] : []));
}
