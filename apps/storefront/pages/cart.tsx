import { buttonLook, Notice, SelectField, Skeleton } from "@souk/ui";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ArrowRight } from "lucide-react";
import { useRef, useState } from "react";
import { type Cart, useCart, useQuote } from "../api/cart.ts";
import { countries, likelyCountry, methodsQuery } from "../api/shipping.ts";
import { CartLine } from "../components/cart-line.tsx";
import { Coupon } from "../components/coupon.tsx";
import { EmptyCart } from "../components/empty-cart.tsx";
import { FailedPage } from "../components/failed.tsx";
import { Recommended, TakeAlong } from "../components/recommended.tsx";
import { StickyBar } from "../components/sticky-bar.tsx";
import { Totals, totalWith } from "../components/totals.tsx";
import { useTitle } from "../components/use-title.ts";
import { useWords } from "../i18n/index.tsx";
import { pages } from "../pages.ts";

export default function CartPage() {
  const { t, n } = useWords();
  const { data: cart, error, refetch } = useCart(true);
  useTitle(t("cart.title"));
  if (cart === undefined && error) return <FailedPage error={error} retry={() => void refetch()} />;
  if (cart === undefined) return <Coming />;
  if (!cart || cart.lines.length === 0)
    return (
      <div className="page">
        <EmptyCart />
        <Recommended />
      </div>
    );
  const count = cart.lines.reduce((sum, { quantity }) => sum + quantity, 0);
  return (
    <div className="page cart">
      <div className="cart-head">
        <h1>{t("cart.title")}</h1>
        <p className="soft">{n("cart.count", count)}</p>
      </div>
      {cart.problems
        .filter(({ sku }) => sku === "")
        .map(({ kind, message, code }) => (
          <div className="cart-notice" key={`${kind} ${code}`}>
            <Notice tone="warn">{code ? t("problem.coupon_expired", { code }) : message}</Notice>
          </div>
        ))}
      <ul className="cart-lines">
        {cart.lines.map((line) => (
          <CartLine key={line.sku} line={line} problems={cart.problems.filter(({ sku }) => sku === line.sku)} />
        ))}
      </ul>
      <aside className="summary card" aria-label={t("cart.summary")}>
        <Summary cart={cart} />
      </aside>
      <div className="cart-along">
        <TakeAlong lines={cart.lines} />
      </div>
    </div>
  );
}

function Summary({ cart }: { readonly cart: Cart }) {
  const { t, country: nameOf, money } = useWords();
  const [country, setCountry] = useState(likelyCountry);
  const way = useRef<HTMLDivElement>(null);
  const { data: methods } = useQuery(methodsQuery(country, cart.lines, cart.currency));
  const standard = methods?.find(({ method }) => method === "standard");
  const totals = useQuote(cart, { country, method: standard?.method });
  const shipping = totals?.shipping ?? standard?.price ?? null;
  const isBlocked = cart.problems.some(({ kind }) => kind === "variant_gone" || kind === "price_changed");
  return (
    <div className="stack">
      <h2>{t("cart.summary")}</h2>
      <Coupon cart={cart} />
      <SelectField
        label={t("cart.shipTo")}
        value={country}
        onChange={(event) => setCountry(event.target.value)}
        hint={
          standard
            ? t("cart.estimate", {
                price: money(standard.price),
                min: standard.minDays,
                max: standard.maxDays,
              })
            : t("cart.estimating")
        }
      >
        {countries.map((code) => (
          <option key={code} value={code}>
            {nameOf(code)}
          </option>
        ))}
      </SelectField>
      <Totals totals={totals ?? cart.totals} shipping={shipping} />
      {isBlocked ? (
        <p className="small soft">{t("cart.blocked")}</p>
      ) : (
        <div ref={way}>
          <Link to={pages.checkout} {...buttonLook({ kind: "primary", size: "large", wide: true })}>
            {t("cart.checkout")} <ArrowRight size={18} aria-hidden="true" />
          </Link>
          <StickyBar own={way}>
            <span className="sticky-bar-what">
              <span className="small">{t("totals.total")}</span>
              <strong className="numeric">{money(totalWith(totals ?? cart.totals, shipping))}</strong>
            </span>
            <Link to={pages.checkout} {...buttonLook({ kind: "primary" })}>
              {t("cart.checkout")} <ArrowRight size={18} aria-hidden="true" />
            </Link>
          </StickyBar>
        </div>
      )}
      <p className="small soft">{t("cart.safe")}</p>
    </div>
  );
}

const Coming = () => (
  <div className="page cart" aria-busy="true">
    <div className="cart-head">
      <Skeleton width="10rem" height="2.2rem" />
    </div>
    <div className="stack">
      <Skeleton height="8rem" />
      <Skeleton height="8rem" />
    </div>
    <Skeleton height="20rem" />
  </div>
);
