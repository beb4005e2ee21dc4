import type { Cart } from "../api/cart.ts";
import { useWords } from "../i18n/index.tsx";

type Money = Cart["totals"]["total"];
type Props = {
  readonly totals: Cart["totals"];
  /** What the chosen method costs; null while none is chosen. */
  readonly shipping: Money | null;
};

export function Totals({ totals, shipping }: Props) {
  const { t, money } = useWords();
  const { currency } = totals.total;
  // What was in the total for shipping is replaced by what is shown for it.
  const total = totals.total.amount - totals.shipping.amount + (shipping?.amount ?? 0);
  return (
    <dl className="definition">
      <dt>{t("totals.subtotal")}</dt>
      <dd>{money(totals.subtotal)}</dd>
      {totals.discount.amount > 0 && (
        <>
          <dt>{t("totals.discount")}</dt>
          <dd>−{money(totals.discount)}</dd>
        </>
      )}
      <dt>{t("totals.shipping")}</dt>
      <dd>{shipping === null ? t("totals.later") : shipping.amount === 0 ? t("totals.free") : money(shipping)}</dd>
      {totals.tax.amount > 0 && (
        <>
          <dt>{t("totals.tax")}</dt>
          <dd>{money(totals.tax)}</dd>
        </>
      )}
      <dt className="total">{t("totals.total")}</dt>
      <dd className="total" aria-live="polite">
        {money({ amount: total, currency })}
      </dd>
    </dl>
  );
}
