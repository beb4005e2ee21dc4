import { Badge, Button, Skeleton, Stepper } from "@souk/ui";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { ChevronDown, ChevronRight, PackageCheck, RotateCcw, ShoppingBag, Truck } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { isProblem } from "../api/problem.ts";
import { productQuery } from "../api/queries.ts";
import type { Product, Variant } from "../api/search.ts";
import { FailedPage } from "../components/failed.tsx";
import { Gallery } from "../components/gallery.tsx";
import { BoughtTogether } from "../components/recommended.tsx";
import { StickyBar } from "../components/sticky-bar.tsx";
import { useAddToCart } from "../components/use-add-to-cart.ts";
import { useTitle } from "../components/use-title.ts";
import { VariantPicker } from "../components/variant-picker.tsx";
import { variantsIn } from "../components/variants.ts";
import { useWords } from "../i18n/index.tsx";
import { pages } from "../pages.ts";
import { useCurrency } from "../state/preferences.ts";
import { rememberLook } from "../state/seen.ts";
import { NotFound } from "./not-found.tsx";

const route = getRouteApi(pages.product);
/** So few that it is worth saying. */
const few = 5;
const mostAtOnce = 99;

export default function ProductPage() {
  const { product: slug } = route.useParams();
  const { data, error, refetch } = useQuery(productQuery(slug));
  useTitle(data?.title);
  useEffect(() => {
    if (data) rememberLook(data);
  }, [data]);
  if (data) return <Found product={data} key={data.id} />;
  if (isProblem(error, "products.not_found")) return <NotFound />;
  if (error) return <FailedPage error={error} retry={() => void refetch()} />;
  return <Coming />;
}

function Found({ product }: { readonly product: Product }) {
  const { t, money } = useWords();
  const currency = useCurrency();
  const { v } = route.useSearch();
  const navigate = route.useNavigate();
  const add = useAddToCart();
  const [quantity, setQuantity] = useState(1);
  const buy = useRef<HTMLDivElement>(null);
  const variants = variantsIn(product, currency);
  const variant = variants.find(({ sku }) => sku === v) ?? variants.find(({ inStock }) => inStock) ?? variants[0];
  const isSold = variant.price.currency === currency && product.status === "active";
  const choose = ({ sku }: Variant) =>
    void navigate({ to: ".", search: { v: sku }, replace: true, resetScroll: false });
  const put = () => add(product, variant, Math.min(quantity, variant.available));
  const levels = product.category.split(" > ");

  return (
    <div className="page">
      <nav aria-label={t("product.path")} className="crumbs small soft">
        <Link to={pages.home}>{t("nav.home")}</Link>
        <ChevronRight size={14} aria-hidden="true" />
        <Link to={pages.category} params={{ category: product.categorySlug }}>
          {levels.at(-1)}
        </Link>
      </nav>
      <div className="product">
        <Gallery product={product} variant={variant} />
        <div className="product-info">
          {product.brand && (
            <Link to={pages.search} search={{ brand: product.brand }} className="product-brand">
              {product.brand}
            </Link>
          )}
          <h1>{product.title}</h1>
          <p className="product-price numeric" aria-live="polite">
            {money(variant.price)} <span className="soft small">{t("product.tax")}</span>
          </p>
          <VariantPicker variants={variants} current={variant} choose={choose} />
          <Availability variant={variant} />
          {isSold ? (
            variant.inStock ? (
              <div className="product-buy" ref={buy}>
                <Stepper
                  value={Math.min(quantity, variant.available)}
                  max={Math.min(variant.available, mostAtOnce)}
                  onChange={setQuantity}
                  labels={{ quantity: t("quantity"), less: t("quantity.less"), more: t("quantity.more") }}
                />
                <Button kind="primary" size="large" wide onClick={put}>
                  <ShoppingBag size={19} aria-hidden="true" /> {t("product.add")}
                </Button>
                <StickyBar own={buy}>
                  <span className="sticky-bar-what">
                    <span className="small">{product.title}</span>
                    <strong className="numeric">{money(variant.price)}</strong>
                  </span>
                  <Button kind="primary" onClick={put}>
                    <ShoppingBag size={18} aria-hidden="true" /> {t("product.add")}
                  </Button>
                </StickyBar>
              </div>
            ) : null
          ) : (
            <p className="soft">
              {product.status === "active" ? t("product.otherCurrency", { currency }) : t("product.archived")}
            </p>
          )}
          <ul className="product-promises small">
            <li>
              <Truck size={18} aria-hidden="true" /> {t("product.delivery")}
            </li>
            <li>
              <PackageCheck size={18} aria-hidden="true" /> {t("product.tracked")}
            </li>
            <li>
              <RotateCcw size={18} aria-hidden="true" /> {t("product.cancel")}
            </li>
          </ul>
          <details className="disclosure" open>
            <summary>
              {t("product.description")} <ChevronDown size={18} aria-hidden="true" />
            </summary>
            <p className="product-description">{product.description}</p>
          </details>
          <details className="disclosure">
            <summary>
              {t("product.details")} <ChevronDown size={18} aria-hidden="true" />
            </summary>
            <Details product={product} variant={variant} />
          </details>
        </div>
      </div>
      <div className="sections">
        <BoughtTogether productId={product.id} />
      </div>
    </div>
  );
}

function Availability({ variant }: { readonly variant: Variant }) {
  const { t, n } = useWords();
  return (
    <p className="availability" aria-live="polite">
      {!variant.inStock ? (
        <Badge tone="bad">{t("product.soldOut")}</Badge>
      ) : variant.available <= few ? (
        <Badge tone="warn">{n("product.left", variant.available)}</Badge>
      ) : (
        <Badge tone="ok">{t("product.inStock")}</Badge>
      )}
    </p>
  );
}

function Details({ product, variant }: { readonly product: Product; readonly variant: Variant }) {
  const { t, has, number } = useWords();
  const shown = (value: unknown): string =>
    value === true
      ? t("yes")
      : value === false
        ? t("no")
        : Array.isArray(value)
          ? value.join(", ")
          : typeof value === "number"
            ? number(value)
            : String(value);
  const named = (name: string) => {
    const key = `attribute.${name}`;
    return has(key) ? t(key) : name.replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();
  };
  const rows: readonly (readonly [string, string])[] = [
    ...Object.entries(product.attributes).map(([name, value]) => [named(name), shown(value)] as const),
    [t("product.weight"), t("product.grams", { grams: variant.weightGrams })],
    [t("product.sku"), variant.sku],
  ];
  return (
    <dl className="details">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt className="capital">{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

const Coming = () => (
  <div className="page" aria-busy="true">
    <div className="crumbs">
      <Skeleton width="12rem" />
    </div>
    <div className="product">
      <Skeleton ratio="1" />
      <div className="product-info">
        <Skeleton width="20%" />
        <Skeleton width="80%" height="2.4rem" />
        <Skeleton width="30%" height="1.6rem" />
        <Skeleton height="3rem" />
        <Skeleton height="3.4rem" />
        <Skeleton height="8rem" />
      </div>
    </div>
  </div>
);
