import { Badge, Skeleton } from "@souk/ui";
import { Link } from "@tanstack/react-router";
import type { Product } from "../api/search.ts";
import { Artwork } from "../art/artwork.tsx";
import { useWords } from "../i18n/index.tsx";
import { pages } from "../pages.ts";
import { useCurrency } from "../state/preferences.ts";
import { variantsIn } from "./variants.ts";

/** A product among others; the whole of it leads to its page. */
export function ProductCard({ product, level: Heading = "h3" }: { product: Product; level?: "h2" | "h3" }) {
  const { t, n, money } = useWords();
  const currency = useCurrency();
  const variants = variantsIn(product, currency);
  const cheapest = variants.reduce((a, b) => (b.price.amount < a.price.amount ? b : a));
  const differs = variants.some(({ price }) => price.amount !== cheapest.price.amount);
  const isSoldOut = variants.every(({ inStock }) => !inStock);
  const shown = variants.find(({ inStock }) => inStock) ?? cheapest;
  return (
    <article className="product-card" data-sold-out={isSoldOut || undefined}>
      <div className="product-card-picture">
        <Artwork product={{ ...product, variant: shown.title, options: shown.options }} />
        {isSoldOut && (
          <span className="product-card-flag">
            <Badge>{t("product.soldOut")}</Badge>
          </span>
        )}
      </div>
      <div className="product-card-text">
        {product.brand && <span className="product-card-brand">{product.brand}</span>}
        <Heading className="product-card-title">
          <Link to={pages.product} params={{ product: product.slug }} className="product-card-link">
            {product.title}
          </Link>
        </Heading>
        <p className="product-card-price numeric">
          <span>{differs ? t("product.from", { price: money(cheapest.price) }) : money(cheapest.price)}</span>
          {variants.length > 1 && <span className="soft small">{n("product.variants", variants.length)}</span>}
        </p>
      </div>
    </article>
  );
}

export const ProductCardSkeleton = () => (
  <div className="product-card" aria-hidden="true">
    <div className="product-card-picture">
      <Skeleton ratio="1" />
    </div>
    <div className="product-card-text">
      <Skeleton width="35%" height="0.8rem" />
      <Skeleton width="85%" height="1.05rem" />
      <Skeleton width="45%" height="1.05rem" />
    </div>
  </div>
);
