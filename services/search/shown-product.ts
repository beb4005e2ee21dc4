import { Type } from "@souk/contract";
import { serialiser } from "@souk/http";
import { Product, type WholeProduct } from "@souk/products/contract";
import { Hit } from "./contract.ts";
import type { CatalogueIndex } from "./domain/catalogue-index.ts";
import type { Texts } from "./domain/highlight.ts";
import { GappedText } from "./gapped-text.ts";

const { variants: variantList, inStock, priceRange, highlights, ...head } = Hit.properties;
const { available, inStock: variantInStock, ...fixed } = Product.properties.variants.items.properties;
const writeHead = serialiser(Type.Object(head));
const writeVariant = serialiser(Type.Object(fixed));
const writeRange = serialiser(priceRange);

/** A product as lists show it. Its JSON is written once, and its stock in it when that is another than before. */
export class ShownProduct implements Texts {
  readonly id: string;
  readonly slug: string;
  readonly title: string;
  readonly description: string;
  readonly image: string | undefined;
  titleMarks?: Uint32Array;
  descriptionMarks?: Uint32Array;
  readonly #text: GappedText;
  /** Of each variant, as they stand in the text. */
  readonly #units: number[];
  /** JSON, by currency; the first is the one in the text, where it comes last. */
  readonly #priceRanges: ReadonlyMap<string, string>;

  constructor(document: WholeProduct) {
    const { productId, slug, title, description, variants } = document;
    this.id = productId;
    this.slug = slug;
    this.title = title;
    this.description = description;
    this.image = variants.find((variant) => variant.image !== undefined)?.image;
    this.#priceRanges = priceRanges(document);
    const [range = ""] = this.#priceRanges.values();
    const before = `${open(writeHead({ ...document, id: productId }))},"variants":[`;
    const pieces = variants.map(
      (variant, i) => `${i === 0 ? before : "},"}${open(writeVariant(variant))},"available":`,
    );
    this.#text = new GappedText([...pieces, '}],"inStock":', `,"priceRange":${range}`]);
    this.#units = variants.map(() => -1);
  }

  /** Stands for its text. */
  get tag(): string {
    return this.#text.tag;
  }

  /**
   * Its JSON with what the index knows of its stock; what comes behind the price range is left open.
   * @param number its own in the index; undefined when it is there no more
   */
  textWith(index: CatalogueIndex, number: number | undefined): Buffer {
    const units = this.#units;
    const first = number === undefined ? 0 : (index.firstVariant[number] ?? 0);
    // One variant more or less than the index has: its change is on the way there.
    const known = number === undefined ? 0 : (index.variantCount[number] ?? 0);
    let isSame = true;
    for (let i = 0; i < units.length; i++) {
      const now = i < known ? (index.available[first + i] ?? 0) : 0;
      if (units[i] === now) continue;
      units[i] = now;
      isSame = false;
    }
    if (!isSame) {
      const any = units.some((one) => one > 0);
      this.#text.fill([...units.map((one) => `${one},"inStock":${one > 0}`), String(any)]);
    }
    return this.#text.bytes;
  }

  /** What the text says in place of its price range for those who look at another currency; undefined: it is right. */
  rangeIn(currency: string): { readonly from: number; readonly json: string } | undefined {
    const [own] = this.#priceRanges;
    const other = this.#priceRanges.get(currency);
    if (own === undefined || other === undefined || currency === own[0]) return undefined;
    return { from: this.#text.bytes.length - own[1].length, json: other };
  }

  /** Bytes of memory, roughly. */
  get size(): number {
    const { title, description } = this;
    const perCharacter = beyondLatin.test(title) || beyondLatin.test(description) ? 2 : 1;
    return overhead + this.#text.bytes.length + (title.length + description.length) * perCharacter;
  }
}

/** Objects, lists, and what the highlighter remembers. */
const overhead = 1_400;
const beyondLatin = /[^\u0000-\u00ff]/; // V8 keeps a text of others in two bytes each

function priceRanges({ variants }: WholeProduct): ReadonlyMap<string, string> {
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
