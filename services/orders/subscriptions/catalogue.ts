import type { inventory } from "@souk/inventory/contract";
import type { Handler } from "@souk/messaging";
import type { products } from "@souk/products/contract";
import type { shipping } from "@souk/shipping/contract";
import { offerTable } from "../db/offers.ts";

export const productChanged: Handler<typeof products.events.changed> = async ({ data }, tx) => {
  const { productId, version, status, variants } = data;
  const onSale = status === "active" ? variants : [];
  await offerTable(tx).replaceProduct(
    productId,
    version,
    onSale.map(({ sku, title, price, weightGrams = 0 }) => ({
      sku,
      title: title === data.title ? title : `${data.title}, ${title}`,
      amount: price.amount,
      currency: price.currency,
      weightGrams,
    })),
  );
};

export const stockChanged: Handler<typeof inventory.events.stockChanged> = async ({ data, sequence }, tx) => {
  await offerTable(tx).setAvailable(data.sku, data.available, sequence);
};

export const ratesChanged: Handler<typeof shipping.events.ratesChanged> = async ({ data, sequence }, tx) => {
  await offerTable(tx).setShippingRates(data.rates, sequence);
};
