import type { Cart } from "../api/cart.ts";
import { useWords } from "../i18n/index.tsx";

export type Money = Cart["totals"]["total"];
type Props = {
  readonly totals: Cart["totals"];
  /** What the chosen method costs, until the shop has worked out the rest for it; null while none is chosen. */
  readonly shipping: Money | null;
};

/** The sum with what is shown for delivery in the place of what was in it before. */
export const totalWith = ({ total, shipping }: Cart["totals"], shown: Money | null): Money => ({
  amount: total.amount - shipping.amount + (shown?.amount ?? 0),
  currency: total.currency,
});

export function Totals({ totals, shipping }: Props) {
  const { t, money, number } = useWords();
  const { discounts, taxes } = totals;
  const percent = (rate: number) => number(rate);
  return (
    <dl className="definition">
      <dt>{t("totals.subtotal")}</dt>
      <dd>{money(totals.subtotal)}</dd>
      {discounts.map(({ promotionId, name, amount }) => (
        <Row key={promotionId} name={promotionId === "tax-exempt" ? t("totals.taxExempt") : name} tone="good">
          −{money(amount)}
        </Row>
      ))}
      {totals.discount.amount > 0 && discounts.length === 0 && (
        <Row name={t("totals.discount")} tone="good">
          −{money(totals.discount)}
        </Row>
      )}
      <dt>{t("totals.shipping")}</dt>
      <dd>{shipping === null ? t("totals.later") : shipping.amount === 0 ? t("totals.free") : money(shipping)}</dd>
      {taxes
        .filter(({ included }) => !included)
        .map(({ code, percent: rate, amount }) => (
          <Row key={code} name={t("totals.taxAdded", { percent: percent(rate) })}>
            {money(amount)}
          </Row>
        ))}
      {totals.tax.amount > 0 && taxes.length === 0 && <Row name={t("totals.tax")}>{money(totals.tax)}</Row>}
      <dt className="total">{t("totals.total")}</dt>
      <dd className="total" aria-live="polite">
        {money(totalWith(totals, shipping))}
      </dd>
      {taxes
        .filter(({ included, amount }) => included && amount.amount > 0)
        .map(({ code, percent: rate, amount }) => (
          <Row key={code} name={t("totals.taxIncluded", { percent: percent(rate) })} tone="soft">
            {money(amount)}
          </Row>
        ))}
    </dl>
  );
}

function Row({ name, tone, children }: { name: string; tone?: "good" | "soft"; children: React.ReactNode }) {
  return (
    <>
      <dt data-tone={tone}>{name}</dt>
      <dd data-tone={tone}>{children}</dd>
    </>
  );
}
