import type { cardSimulator } from "@souk/card-simulator/contract";
import type { Client } from "@souk/contract";
import { type Handlers, page } from "@souk/http";
import { type Clock, instant } from "@souk/kernel";
import type { Db } from "@souk/postgres";
import type { payments } from "./contract.ts";
import { differenceTable } from "./db/differences.ts";
import { disputeTable } from "./db/disputes.ts";
import { insertWebhook, keptTable, paymentTable, seenWebhook } from "./db/payments.ts";
import type { Payment } from "./domain/payment.ts";
import { errors } from "./errors.ts";
import type { Providers } from "./providers/choose.ts";
import { chargeKey } from "./providers/provider.ts";
import { secondsSince } from "./reconciliation-gauges.ts";
import type { Settlement } from "./settlement.ts";

type Deps = {
  db: Db;
  clock: Clock;
  simulator: Client<typeof cardSimulator>;
  settlement: Settlement;
  providers: Providers;
  inFlightSloMs: number;
};

export const routes = ({
  db,
  clock,
  simulator,
  settlement,
  providers,
  inFlightSloMs,
}: Deps): Handlers<typeof payments> => ({
  tokenize: ({ body }) => simulator.tokenize({ body }),

  async letGo({ params: { paymentId } }) {
    const payment = await paymentTable(db).byId(paymentId);
    if (!payment) throw errors.PaymentNotFound({ paymentId });
    await simulator.void({ params: { key: chargeKey(payment.orderId) } });
    return {};
  },

  async webhook({ params: { provider: name }, rawHeaders, stream }) {
    const provider = providers.all.find((one) => one.name === name);
    if (!provider) throw errors.UnknownProvider({ provider: name });
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    const { id, about } = await provider.notification(rawHeaders, Buffer.concat(chunks).toString());
    // Signed, so it is the provider's word; still only a hint: what happened is asked, never read from a notification.
    if (await seenWebhook(db, id)) return {};
    const orderId = about && ("orderId" in about ? about.orderId : await paymentTable(db).ofReference(about.reference));
    if (orderId) await settlement.settle(orderId);
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

  async byId({ params: { paymentId } }) {
    const payment = await paymentTable(db).byId(paymentId);
    if (!payment) throw errors.PaymentNotFound({ paymentId });
    return view(payment);
  },

  authenticate: async ({ params: { orderId }, body: { outcome } }) =>
    view(await settlement.authenticate(orderId, outcome)),

  capture: async ({ params: { orderId }, body: { captureId, amount } }) =>
    view(await settlement.capture(orderId, { captureId, amount: amount.amount })),

  async writeOff({ params: { orderId }, body: { writeOffId, amount, reason } }) {
    await settlement.closeClaim(orderId, { id: writeOffId, kind: "write_off", amount: amount.amount, reason });
    return {};
  },

  async bookClaimPayment({ params: { orderId }, body: { claimPaymentId, amount } }) {
    await settlement.closeClaim(orderId, { id: claimPaymentId, kind: "claim_payment", amount: amount.amount });
    return {};
  },

  async disputes({ query: { page: number = 1, limit = 20, status } }) {
    const { items, total } = await disputeTable(db).page(status ?? null, number, limit);
    const shown = items.map(({ amount, currency, ...rest }) => ({ ...rest, amount: { amount, currency } }));
    return page({ items: shown, total, page: number, limit }, "/v1/payments/disputes", { status });
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

const view = ({ paymentId, orderId, status, amount, captured, refunded, currency, redirectUrl }: Payment) => ({
  paymentId,
  orderId,
  status,
  amount: { amount, currency },
  captured: { amount: captured, currency },
  refunded: { amount: refunded, currency },
  ...(status === "requires_action" && { action: redirectUrl ? { redirectUrl } : {} }),
});
