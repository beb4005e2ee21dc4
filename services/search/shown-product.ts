import { Type } from "@souk/contract";
import { serialiser } from "@souk/http";
import { Product } from "@souk/products/contract";
import { Hit } from "./contract.ts";
import type { Searcher } from "./domain/searcher.ts";
import type { StoredProduct } from "./stored-product.ts";

/**
 * A product as lists show it, in a small part of the memory that its document needs. Its JSON is in pieces, between which its stock
 * stands: so it is written once, whatever is sold of it meanwhile.
 */
export type ShownProduct = {
  readonly id: string;
  readonly slug: string;
  readonly title: string;
  readonly description: string;
  readonly image: string | undefined;
  /** Of each variant: what comes before its stock. The first begins with what comes before all variants. */
  readonly pieces: readonly string[];
  /** JSON, by currency. The first is the first variant's. */
  readonly priceRanges: ReadonlyMap<string, string>;
};

const { variants: variantList, inStock, priceRange, highlights, ...head } = Hit.properties;
const { available, inStock: variantInStock, ...fixed } = Product.properties.variants.items.properties;
const writeHead = serialiser(Type.Object(head));
const writeVariant = serialiser(Type.Object(fixed));
const writeRange = serialiser(priceRange);
const writeHighlights = serialiser(highlights);

export function shownProduct(document: StoredProduct): ShownProduct {
  const { productId: id, slug, title, description, variants } = document;
  const before = `${open(writeHead({ ...document, id }))},"variants":[`;
  const pieces = variants.map((variant, i) => `${i === 0 ? before : ""}${open(writeVariant(variant))},"available":`);
  const image = variants.find((variant) => variant.image !== undefined)?.image;
  return { id, slug, title, description, image, pieces, priceRanges: priceRanges(document) };
}

/** Bytes of memory, roughly. */
export const sizeOf = ({ pieces, title, description }: ShownProduct): number => {
  const characters = pieces.reduce((sum, piece) => sum + piece.length, title.length + description.length);
  return overhead + characters * (pieces.some((piece) => beyondLatin.test(piece)) ? 2 : 1);
};
/** Objects, lists, and what the highlighter remembers. */
const overhead = 1_000;
const beyondLatin = /[^\u0000-\u00ff]/; // V8 keeps a text of others in two bytes each

/** The JSON of a hit: what products told of it, with what the index knows of its stock. */
export function hitText(
  product: ShownProduct,
  { index, highlighter }: Searcher,
  { terms, currency }: { readonly terms: ReadonlySet<number>; readonly currency: string },
): string {
  const { pieces, priceRanges } = product;
  const number = index.find(product.id);
  const first = number === undefined ? 0 : (index.firstVariant[number] ?? 0);
  // One variant more or less than the index has: its change is on the way there.
  const known = number === undefined ? 0 : (index.variantCount[number] ?? 0);
  let text = "";
  let any = false;
  for (let i = 0; i < pieces.length; i++) {
    const units = i < known ? (index.available[first + i] ?? 0) : 0;
    any ||= units > 0;
    text += `${i === 0 ? "" : ","}${pieces[i]}${units},"inStock":${units > 0}}`;
  }
  const [ownRange] = priceRanges.values();
  text += `],"inStock":${any},"priceRange":${priceRanges.get(currency) ?? ownRange}`;
  const found = terms.size > 0 ? highlighter.of(product, terms) : [];
  return found.length > 0 ? `${text},"highlights":${writeHighlights(found)}}` : `${text}}`;
}

function priceRanges({ variants }: StoredProduct): ReadonlyMap<string, string> {
  const byCurrency = Map.groupBy(variants, ({ price }) => price.currency);
  return new Map(
    [...byCurrency].map(([currency, priced]) => {
      const amounts = priced.map(({ price }) => price.amount);
      const range = {
        min: { amount: Math.min(...amounts), currency },
        max: { amount: Math.max(...amounts), currency },
      };
      return [currency, writeRange(range)];
    }),
  );
}

/** Without the brace that closes it. */
const open = (object: string): string => object.slice(0, -1);
