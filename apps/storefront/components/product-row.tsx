import type { ReactNode } from "react";
import type { Product } from "../api/search.ts";
import { Failed } from "./failed.tsx";
import { ProductCard, ProductCardSkeleton } from "./product-card.tsx";

type Props = {
  readonly title: string;
  readonly more?: ReactNode;
  readonly products: readonly Product[] | undefined;
  readonly error?: unknown;
  readonly retry?: () => void;
  readonly places?: number;
};

/** Some products under a heading; their places are kept while they come. Nothing at all when there are none. */
export function ProductRow({ title, more, products, error, retry, places = 4 }: Props) {
  if (products?.length === 0) return null;
  return (
    <section className="section">
      <div className="section-head">
        <h2>{title}</h2>
        {more}
      </div>
      {!products && error && retry ? (
        <Failed error={error} retry={retry} />
      ) : (
        <div className="product-grid" data-places={places} aria-busy={!products}>
          {products
            ? products.slice(0, places).map((product) => <ProductCard key={product.id} product={product} />)
            : Array.from({ length: places }, (_, place) => place).map((place) => <ProductCardSkeleton key={place} />)}
        </div>
      )}
    </section>
  );
}
