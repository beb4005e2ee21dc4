import { loadSample, type SampleReport } from "../sample.ts";
import type { ShopClient } from "../shop-client.ts";
import type { Price } from "./money.ts";
import { settled } from "./shopper.ts";

/** Something that can be bought. */
export type Goods = { readonly sku: string; readonly title: string; readonly price: Price };
type Variant = { readonly sku: string; readonly title: string; readonly price: Price; readonly available: number };
type Product = { readonly title: string; readonly variants: readonly Variant[] };

/** One for each story, so that each can show its own stock. */
const wanted = 4;
const enough = 5;
const currency = "EUR";

type Tokens = { readonly merchandiser: () => Promise<string>; readonly operator: () => Promise<string> };

/** Things in stock, of different products; from the sample catalogue, which is loaded when there is nothing to sell. */
export async function somethingToSell(
  shop: ShopClient,
  tokens: Tokens,
  pause: (ms: number) => Promise<void>,
): Promise<{ readonly goods: readonly Goods[]; readonly loaded: SampleReport | undefined }> {
  const there = await inStock(shop);
  if (there.length >= wanted) return { goods: there, loaded: undefined };
  const loaded = await loadSample(shop, tokens);
  const goods = await settled(
    () => inStock(shop),
    (found) => found.length >= wanted,
    pause,
  );
  return { goods, loaded };
}

async function inStock(shop: ShopClient): Promise<Goods[]> {
  const { data } = await shop.must<{ data: Product[] }>("GET", "/v1/products?inStock=true&limit=20");
  return data
    .flatMap((product) => {
      const variant = product.variants.find((one) => one.available >= enough && one.price.currency === currency);
      if (!variant) return [];
      const title = variant.title === product.title ? product.title : `${product.title}, ${variant.title}`;
      return [{ sku: variant.sku, title, price: variant.price }];
    })
    .slice(0, wanted);
}
