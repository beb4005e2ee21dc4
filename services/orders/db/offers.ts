import { json, type Sql } from "@souk/postgres";
import type { Rate } from "@souk/shipping/contract";

type Variant = {
  sku: string;
  title: string;
  amount: number;
  currency: string;
  weightGrams: number;
  taxClass: string;
  /** Slugs: its own category's, and of those above it. */
  categories: readonly string[];
};

type Level = { readonly sku: string; readonly available: number; readonly sequence: number };

/** Orders' own picture of what is on sale, so that carts work while products, inventory and shipping are away. */
export const offerTable = (sql: Sql) => ({
  /** Replaces what is on sale of a product, unless something newer is known. Variants it no longer has go off sale. */
  async replaceProduct(productId: string, version: number, variants: readonly Variant[]): Promise<void> {
    await sql`
      with offered as (select * from json_to_recordset(${json(variants)}) as v(sku text, title text, amount bigint, currency text,
        "weightGrams" int, "taxClass" text, categories jsonb)),
      gone as (
        update offers set on_sale = false, version = ${version}
        where product_id = ${productId} and version < ${version} and sku not in (select sku from offered))
      insert into offers (sku, product_id, title, amount, currency, weight_grams, tax_class, categories, on_sale, version)
      select sku, ${productId}, title, amount, currency, "weightGrams", "taxClass", categories, true, ${version} from offered
      on conflict (sku) do update set product_id = excluded.product_id, title = excluded.title, amount = excluded.amount,
        currency = excluded.currency, weight_grams = excluded.weight_grams, tax_class = excluded.tax_class, categories = excluded.categories,
        on_sale = true, version = excluded.version
      where offers.version < excluded.version or offers.product_id <> excluded.product_id`;
  },

  /** One of each SKU. An older figure that comes late is dropped. */
  async setAvailable(levels: readonly Level[]): Promise<void> {
    await sql`
      insert into stock (sku, available, sequence)
      select sku, available, sequence
      from unnest(
        ${levels.map(({ sku }) => sku)}::text[], ${levels.map(({ available }) => available)}::bigint[],
        ${levels.map(({ sequence }) => sequence)}::bigint[]) as level (sku, available, sequence)
      on conflict (sku) do update set available = excluded.available, sequence = excluded.sequence
      where stock.sequence < excluded.sequence`;
  },

  async setShippingRates(rates: readonly Rate[], sequence: number): Promise<void> {
    await sql`
      insert into shipping_rates (rates, sequence) values (${json(rates)}, ${sequence})
      on conflict (singleton) do update set rates = excluded.rates, sequence = excluded.sequence
      where shipping_rates.sequence < excluded.sequence`;
  },
});
