import type { cardSimulator } from "@souk/card-simulator/contract";
import type { Client } from "@souk/contract";
import { type Handlers, page } from "@souk/http";
import { type Clock, instant } from "@souk/kernel";
import type { Db } from "@souk/postgres";
import type { payments } from "./contract.ts";
import { differenceTable } from "./db/differences.ts";
import { insertWebhook, keptTable, seenWebhook } from "./db/payments.ts";
import type { Payment } from "./domain/payment.ts";
import { errors } from "./errors.ts";
import { orderOf } from "./provider.ts";
import { secondsSince } from "./reconciliation-gauges.ts";
import type { Settlement } from "./settlement.ts";
import { validSignature } from "./webhook.ts";

type Deps = {
  db: Db;
  clock: Clock;
  simulator: Client<typeof cardSimulator>;
  settlement: Settlement;
  webhookSecrets: readonly string[];
  inFlightSloMs: number;
};

export const routes = ({
  db,
  clock,
  simulator,
  settlement,
  webhookSecrets,
  inFlightSloMs,
}: Deps): Handlers<typeof payments> => ({
  tokenize: ({ body }) => simulator.tokenize({ body }),

  async webhook({ params: { provider }, rawHeaders, stream }) {
    if (provider !== "simulator") throw errors.UnknownProvider({ provider });
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    if (!validSignature(rawHeaders["x-signature"], body, webhookSecrets, clock.now())) throw errors.BadSignature();
    // Signed, so it is the provider's word; still only a hint: what happened is asked, never read from a notification.
    const { id, key } = notification(body);
    if (await seenWebhook(db, id)) return {};
    const orderId = orderOf(key);
    if (orderId !== undefined) await settlement.settle(orderId);
    await insertWebhook(db, id, instant(clock.now()));
    return {};
  },

  async pay({ body: { orderId, amount, token } }) {
    return view(await settlement.pay(orderId, amount, token));
  },

  async reverse({ params: { orderId } }) {
    const payment = await settlement.reverse(orderId);
    return { status: payment.status, refunded: { amount: payment.refunded, currency: payment.currency } };
  },

  async refund({ params: { orderId }, body: { refundId, amount, reason } }) {
    return view(await settlement.refund(orderId, { refundId, amount: amount.amount, reason }));
  },

  async reconciliation({ query: { page: number = 1, limit = 20 } }) {
    const found = await differenceTable(db).page(number, limit);
    return page({ ...found, page: number, limit }, "/v1/payments/reconciliation", {});
  },

  async kept({ query: { after, upTo, limit = 500 } }) {
    const data = await keptTable(db).page(after ?? null, upTo ?? null, limit);
    return { data, next: data.length === limit ? (data.at(-1)?.orderId ?? null) : null };
  },

  keptFor: async ({ body: { orderIds } }) => ({ data: await keptTable(db).ofOrders(orderIds) }),

  async inFlight() {
    const table = differenceTable(db);
    const [since, open] = await Promise.all([table.oldestMoney(), table.counts()]);
    return { oldestSeconds: secondsSince(since, clock.now()), objectiveSeconds: inFlightSloMs / 1_000, open };
  },
});

/** @throws errors.BadSignature when a signed body is not a notification: the provider would be wrong to send it again */
function notification(body: string): { id: string; key: string } {
  const value = parsed(body);
  if (typeof value === "object" && value !== null && "id" in value && "key" in value) {
    const { id, key } = value;
    if (typeof id === "string" && typeof key === "string") return { id, key };
  }
  throw errors.BadSignature();
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw errors.BadSignature({ cause });
  }
}

const view = ({ paymentId, orderId, status, amount, captured, refunded, currency }: Payment) => ({
  paymentId,
  orderId,
  status,
  amount: { amount, currency },
  captured: { amount: captured, currency },
  refunded: { amount: refunded, currency },
});
