import type { inventory } from "@souk/inventory/contract";
import { type Handler, latestBySubject, together } from "@souk/messaging";
import type { products } from "@souk/products/contract";
import type { shipping } from "@souk/shipping/contract";
import type { users } from "@souk/users/contract";
import { offerTable } from "../db/offers.ts";
import { type KnownRules, ruleTable } from "../db/pricing-rules.ts";

export const productChanged: Handler<typeof products.events.changed> = async ({ data }, tx) => {
  const { productId, version, status, variants } = data;
  const onSale = status === "active" ? variants : [];
  await offerTable(tx).replaceProduct(
    productId,
    version,
    onSale.map(({ sku, title, price, weightGrams = 0, taxClass }) => ({
      sku,
      title: title === data.title ? title : `${data.title}, ${title}`,
      amount: price.amount,
      currency: price.currency,
      weightGrams,
      taxClass,
      categories: data.categories?.map(({ slug }) => slug) ?? [data.categorySlug],
    })),
  );
};

export const stockChanged = together<typeof inventory.events.stockChanged>(async (events, tx) => {
  const levels = latestBySubject(events).map(({ data: { sku, available }, sequence }) => ({
    sku,
    available,
    sequence,
  }));
  await offerTable(tx).setAvailable(levels);
});

/** Prices here follow at once, those of other processes within a second. */
export const ratesChanged =
  (rules: KnownRules): Handler<typeof shipping.events.ratesChanged> =>
  async ({ data, sequence }, tx) => {
    await offerTable(tx).setShippingRates(data.rates, sequence);
    tx.afterCommit(rules.forget);
  };

export const promotionChanged =
  (rules: KnownRules): Handler<typeof products.events.promotionChanged> =>
  async ({ data: { version, ...promotion } }, tx) => {
    await ruleTable(tx).setPromotion(promotion, version);
    tx.afterCommit(rules.forget);
  };

export const taxRateChanged =
  (rules: KnownRules): Handler<typeof products.events.taxRateChanged> =>
  async ({ data: { taxRateId, version, status, ...rate } }, tx) => {
    await ruleTable(tx).setTaxRate(taxRateId, rate, status === "active", version);
    tx.afterCommit(rules.forget);
  };

/** Which customer groups somebody belongs to. */
export const profileChanged: Handler<typeof users.events.profileChanged> = async ({ data, sequence }, tx) => {
  await ruleTable(tx).setGroups(data.userId, data.groups, sequence);
};
