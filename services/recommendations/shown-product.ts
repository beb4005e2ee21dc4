import { Type } from "@souk/contract";
import { serialiser } from "@souk/http";
import type { Money } from "@souk/kernel";
import { Product } from "@souk/products/contract";
import { recommendations } from "./contract.ts";
import type { ProjectedDocument } from "./db/projection.ts";
import type { Reason } from "./domain/recommender.ts";

/** A product as it is recommended. Its JSON is in pieces, between which its stock stands: it is written once, whatever is sold meanwhile. */
export type ShownProduct = {
  readonly id: string;
  readonly skus: readonly string[];
  /** Of each variant: what comes before its stock. The first begins with what comes before all variants. */
  readonly pieces: readonly string[];
  /** Of each variant; changes as it is sold. */
  readonly available: number[];
  /** JSON. */
  readonly priceRange: string;
};

const { variants: variantList, ...head } = Product.properties;
const { available, inStock, ...fixed } = variantList.items.properties;
const { data } = recommendations.endpoints.forProduct.spec.returns.properties;
const writeHead = serialiser(Type.Object(head));
const writeVariant = serialiser(Type.Object(fixed));
const writeRange = serialiser(data.items.properties.priceRange);

export function shownProduct({ document, available: units }: ProjectedDocument): ShownProduct {
  const { productId: id, variants } = document;
  const before = `${open(writeHead({ ...document, id }))},"variants":[`;
  return {
    id,
    skus: variants.map(({ sku }) => sku),
    pieces: variants.map((variant, i) => `${i === 0 ? before : ","}${open(writeVariant(variant))},"available":`),
    available: variants.map((_, i) => units[i] ?? 0),
    priceRange: writeRange(priceRange(variants.map(({ price }) => price))),
  };
}

/** The JSON of a recommendation. */
export function recommendedText(product: ShownProduct, reason: Reason): string {
  let text = "";
  let any = false;
  for (const [i, piece] of product.pieces.entries()) {
    const units = product.available[i] ?? 0;
    any ||= units > 0;
    text += `${piece}${units},"inStock":${units > 0}}`;
  }
  return `${text}],"inStock":${any},"priceRange":${product.priceRange},"reason":"${reason}"}`;
}

/** Bytes of memory, roughly. */
export const sizeOf = ({ pieces }: ShownProduct): number =>
  overhead + pieces.reduce((sum, piece) => sum + 200 + piece.length * (beyondLatin.test(piece) ? 2 : 1), 0);
const overhead = 600; // objects, lists, and the places in maps
const beyondLatin = /[^\u0000-\u00ff]/; // V8 keeps a text of others in two bytes each

/** In the first variant's currency. */
function priceRange(prices: readonly Money[]): { min: Money; max: Money } {
  const currency = prices[0]?.currency;
  if (currency === undefined) throw new Error("a product has a variant, and a variant a price");
  const amounts = prices.filter((price) => price.currency === currency).map(({ amount }) => amount);
  return { min: { amount: Math.min(...amounts), currency }, max: { amount: Math.max(...amounts), currency } };
}

/** Without the brace that closes it. */
const open = (object: string): string => object.slice(0, -1);
