import type { Money } from "@souk/kernel";
import type { Hit } from "./contract.ts";
import type { Searcher } from "./domain/searcher.ts";
import type { StoredProduct } from "./stored-product.ts";

/** A product as a list shows it: what products told of it, with what the index knows of its stock. */
export function hitOf(
  document: StoredProduct,
  { index, highlighter }: Searcher,
  { terms, currency }: { readonly terms: ReadonlySet<number>; readonly currency: string | undefined },
): Hit {
  const { productId, categories: _, ...product } = document;
  const number = index.find(productId);
  const first = number === undefined ? 0 : (index.firstVariant[number] ?? 0);
  const variants = product.variants.map((variant, i) => {
    const available = number === undefined ? 0 : (index.available[first + i] ?? 0);
    return { ...variant, available, inStock: available > 0 };
  });
  const found = terms.size > 0 ? highlighter.of(document, terms) : [];
  return {
    ...product,
    id: productId,
    variants,
    inStock: variants.some(({ inStock }) => inStock),
    priceRange: priceRange(
      variants.map(({ price }) => price),
      currency,
    ),
    ...(found.length > 0 && { highlights: found }),
  };
}

/** In the currency that is asked for, else in the first variant's. */
function priceRange(prices: readonly Money[], wanted: string | undefined): { min: Money; max: Money } {
  const currency = prices.some((price) => price.currency === wanted) ? wanted : prices[0]?.currency;
  const amounts = prices.filter((price) => price.currency === currency).map(({ amount }) => amount);
  if (currency === undefined) throw new Error("a product has a variant, and a variant a price");
  return { min: { amount: Math.min(...amounts), currency }, max: { amount: Math.max(...amounts), currency } };
}
