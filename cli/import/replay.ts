import { codeOf, detailOf, type ShopAnswer, type ShopClient } from "../shop-client.ts";
import { cartKey } from "./cancellations.ts";
import { countryCode } from "./countries.ts";
import type { CustomerAccounts } from "./customers.ts";
import type { Entry, Journal } from "./journal.ts";
import { cartsOf, type Invoice, type Sale } from "./online-retail.ts";

type Deps = {
  shop: ShopClient;
  journal: Journal;
  customers: CustomerAccounts;
  merchandiser: () => Promise<string>;
  pause: (ms: number) => Promise<void>;
};

const card = { number: "4242424242424242", expMonth: 12, expYear: 2099, cvc: "123" };
const currency = "GBP";

/** Orders what each invoice sold, as its customer, at the recorded prices. What the journal says is done is not done again. */
export function replay({ shop, journal, customers, merchandiser, pause }: Deps) {
  let cardToken: string | undefined;

  async function openCart(key: string, token: string | undefined): Promise<Entry> {
    const made = await shop.must<{ id: string; cartToken?: string }>("POST", "/v1/carts", {
      body: { currency },
      token,
    });
    const entry: Entry = { key, cartId: made.id, ...(made.cartToken && { cartToken: made.cartToken }) };
    await journal.put(entry);
    return entry;
  }

  /** The price is an override, which only a merchandiser may make. A product that was imported just now may not have arrived in carts. */
  async function fill(cartId: string, { sku, quantity, unitAmount }: Sale): Promise<ShopAnswer> {
    const body = { quantity, unitPrice: { amount: unitAmount, currency } };
    for (let attempt = 1; ; attempt++) {
      const answer = await shop.call("PUT", `/v1/carts/${cartId}/items/${encodeURIComponent(sku)}`, {
        body,
        token: await merchandiser(),
      });
      if (codeOf(answer.body) !== "orders.unknown_sku" || attempt === 20) return answer;
      await pause(500);
    }
  }

  async function order(key: string, invoice: Invoice, sales: readonly Sale[]): Promise<Entry> {
    const known = journal.find(key);
    // Without an order's id it was written by a release before: asked again, the same key finds the order.
    if (known?.outcome && (known.outcome.orderId !== undefined || !known.outcome.accepted)) return known;
    const { customer, country } = invoice;
    const token = customer ? await customers.token(customer) : undefined;
    const entry = known ?? (await openCart(key, token));
    const { cartId, cartToken } = entry;
    for (const sale of sales) {
      const { status, body } = await fill(cartId, sale);
      if (codeOf(body) === "orders.cart_not_open") break; // ordered by a run that was cut off: the same key finds the order
      if (status >= 300) return close(entry, { accepted: false, amount: 0, reason: codeOf(body) });
    }
    cardToken ??= (await shop.must<{ token: string }>("POST", "/v1/payment-tokens", { body: card })).token;
    const placed = await shop.call("POST", `/v1/carts/${cartId}/checkout`, {
      token: customer ? await customers.token(customer) : undefined,
      cartToken,
      idempotencyKey: `import-${cartId}`,
      waitSeconds: 9,
      body: {
        email: customer ? customers.emailOf(customer) : "guest@import.souk.example",
        shippingAddress: {
          name: customer ? `Customer ${customer}` : "Guest",
          line1: "Not recorded",
          city: "Not recorded",
          postalCode: "0",
          country: countryCode(country),
        },
        shippingMethod: "pickup",
        paymentToken: cardToken,
      },
    });
    if (placed.status >= 300)
      return close(entry, { accepted: false, amount: 0, reason: codeOf(placed.body) || detailOf(placed.body) });
    const { order } = placed.body as { order: { id: string; totals: { total: { amount: number } } } };
    return close(entry, { accepted: true, amount: order.totals.total.amount, orderId: order.id });
  }

  async function close(entry: Entry, outcome: NonNullable<Entry["outcome"]>): Promise<Entry> {
    const closed = { ...entry, outcome };
    await journal.put(closed);
    return closed;
  }

  /** @returns one entry per order that the invoice makes */
  return async (invoice: Invoice): Promise<Entry[]> => {
    const entries: Entry[] = [];
    for (const [i, sales] of cartsOf(invoice).entries()) {
      entries.push(await order(cartKey(invoice.number, i), invoice, sales));
    }
    return entries;
  };
}
