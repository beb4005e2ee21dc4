import type { ProductFact } from "@souk/products/contract";

/** Repeatable chance: a linear congruential generator of 32 bits (Numerical Recipes), good enough to pick words. */
function dice(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const stems =
  "ba be bi bo bra bru ca ce cle co cra da de di dra du fa fe fla fo ga ge gla go gra ha he ho ja ka ke kla ko la le li lo lu ma me mi mo " +
  "na ne ni no pa pe pla po pra ra re ri ro sa se sha si so sta ta te ti to tra va ve vi wa we wi za zo";
const endings = "n r s t l m ck nd st ng".split(" ");
const colours = "red blue green black white grey sand ink oat rust teal plum".split(" ");
const sizes = "XS S M L XL".split(" ");
const materials = "cotton wool steel oak glass linen leather brass".split(" ");

/** What a generated catalogue is made of, and what a shopper may type. */
export type Stock = {
  readonly words: readonly string[];
  readonly brands: readonly string[];
  /** Slugs. */
  readonly categories: readonly string[];
  readonly colours: readonly string[];
  readonly sizes: readonly string[];
  /** Few are picked often, most seldom: as words are in any text. */
  readonly often: <T>(all: readonly T[]) => T;
  readonly any: <T>(all: readonly T[]) => T;
  readonly chance: () => number;
};

export function stockOf(seed: number): Stock {
  const chance = dice(seed);
  const any = <T>(all: readonly T[]): T => all[Math.floor(chance() * all.length)] as T; // as: nobody asks of an empty list
  const often = <T>(all: readonly T[]): T => all[Math.min(all.length - 1, Math.floor(all.length ** chance()) - 1)] as T;
  const syllables = stems.split(" ");
  const words = Array.from({ length: 20_000 }, () => {
    const length = 2 + Math.floor(chance() * 2);
    return Array.from({ length }, () => any(syllables)).join("") + any(endings);
  });
  const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);
  const brands = Array.from({ length: 300 }, (_, i) => capital(words[500 + i * 7] ?? ""));
  const categories = Array.from({ length: 80 }, (_, i) => `department-${i >> 3}-shelf-${i}`);
  return { words, brands, categories, colours, sizes, often, any, chance };
}

export type Drawn = { readonly fact: ProductFact; readonly available: readonly number[] };

/** Products one after the other, with 2.5 variants each on average. */
export function* catalogue(stock: Stock, skus: number): Generator<Drawn> {
  const { words, brands, colours, sizes, often, any, chance } = stock;
  for (let n = 0, made = 0; made < skus; n++) {
    const count = 1 + Math.floor(chance() * 4);
    const price = Math.round(Math.exp(5 + chance() * 6));
    const shelf = Math.floor(80 ** chance()) - 1;
    const department = `department-${shelf >> 3}`;
    const title = [often(words), often(words), often(words)].join(" ");
    const hex = n.toString(16).padStart(12, "0");
    made += count;
    yield {
      fact: {
        productId: `01930000-0000-7000-8000-${hex}`,
        slug: `product-${n}`,
        title,
        description: Array.from({ length: 30 }, () => often(words)).join(" "),
        status: "active",
        category: `Department ${shelf >> 3} > Shelf ${shelf}`,
        categorySlug: `${department}-shelf-${shelf}`,
        categories: [
          { slug: department, name: `Department ${shelf >> 3}` },
          { slug: `${department}-shelf-${shelf}`, name: `Shelf ${shelf}` },
        ],
        brand: often(brands),
        attributes: { material: any(materials) },
        variants: Array.from({ length: count }, (_, i) => ({
          sku: `SKU-${n}-${i}`,
          title: sizes[i] ?? "one size",
          options: { size: sizes[i] ?? "one size", colour: any(colours) },
          price: { amount: price + i * 100, currency: "EUR" },
          weightGrams: 100,
          taxClass: "standard",
        })),
        version: 1,
        createdAt: new Date(Date.UTC(2026, 0, 1) + n * 1_000).toISOString(),
        updatedAt: new Date(Date.UTC(2026, 0, 1) + n * 1_000).toISOString(),
      },
      available: Array.from({ length: count }, () => (chance() < 0.15 ? 0 : Math.floor(chance() * 90))),
    };
  }
}

/**
 * What shoppers ask: half of them type one or two words (some of them mistyped or only begun), a third look through a category with some
 * filters, a tenth sort what they see, the rest opens the shop's first page.
 */
export function question(stock: Stock): string {
  const { words, brands, categories, colours, sizes, often, any, chance } = stock;
  const query = new URLSearchParams();
  const dice = chance();
  if (dice < 0.55)
    query.set("q", typed(Array.from({ length: chance() < 0.4 ? 2 : 1 }, () => often(words)).join(" "), chance));
  else if (dice < 0.95) query.set("category", often(categories));
  if (chance() < 0.15) query.append("brand", often(brands));
  if (chance() < 0.1) query.append("option", `size:${any(sizes)}`);
  if (chance() < 0.1) query.append("option", `colour:${any(colours)}`);
  if (chance() < 0.15) query.set("maxPrice", String(1_000 * (1 + Math.floor(chance() * 50))));
  if (chance() < 0.2) query.set("inStock", "true");
  if (chance() < 0.15) query.set("sort", any(["price", "-price", "newest", "bestselling"]));
  if (chance() < 0.1) query.set("page", String(2 + Math.floor(chance() * 4)));
  return `/v1/products?${query}`;
}

function typed(text: string, chance: () => number): string {
  const dice = chance();
  if (dice < 0.1 && text.length > 4) {
    const at = 1 + Math.floor(chance() * (text.length - 3));
    return text.slice(0, at) + text.charAt(at + 1) + text.charAt(at) + text.slice(at + 2);
  }
  return dice < 0.2 ? text.slice(0, Math.max(3, text.length - 2)) : text;
}
