import { answer, type Handlers, page } from "@souk/http";
import type { Tx } from "@souk/postgres";
import type { orders } from "./contract.ts";
import { returnIndex } from "./db/after-sale.ts";
import { orderIndex } from "./db/order-index.ts";
import type { AfterSaleEvent } from "./domain/after-sale.ts";
import { viewOfReturn, viewsOfRefunds } from "./domain/after-sale-view.ts";
import type { Command, Existing } from "./domain/order-state.ts";
import { errors } from "./errors.ts";
import { exchanging } from "./exchanging.ts";
import { mayLook, seesAllOrders } from "./holder.ts";
import type { RouteDeps } from "./routes.ts";

type Names =
  | "requestReturn"
  | "returns"
  | "returnById"
  | "approveReturn"
  | "rejectReturn"
  | "receiveReturn"
  | "grantRefund"
  | "refunds"
  | "retryRefund"
  | "addNote";
type AfterSaleHandlers = Pick<Handlers<typeof orders>, Names>;
type Request = Pick<Parameters<AfterSaleHandlers["returnById"]>[0], "principal" | "headers">;

export function afterSaleRoutes(deps: RouteDeps): AfterSaleHandlers {
  const { db, order, sagas, labelling, takingBack, refunding, now, newId } = deps;
  const exchanges = exchanging(deps);
  const index = returnIndex(db);
  const orderOwners = orderIndex(db);

  async function assertVisible(orderId: string, request: Request): Promise<void> {
    const owner = await orderOwners.owner(orderId);
    if (!owner || !mayLook(owner, request.principal, request.headers["x-cart-token"]))
      throw errors.OrderNotFound({ orderId });
  }

  async function load(orderId: string, upTo?: number) {
    const { state, history } = await order.load(orderId, upTo);
    if (state.lifecycle === "new") throw errors.OrderNotFound({ orderId });
    return { state, history };
  }

  async function returnView(orderId: string, returnId: string, upTo?: number) {
    const { state, history } = await load(orderId, upTo);
    const view = viewOfReturn(state, history, returnId);
    if (!view) throw errors.ReturnNotFound({ returnId });
    return view;
  }

  async function refundView(orderId: string, refundId: string, upTo?: number) {
    const { state, history } = await load(orderId, upTo);
    const view = viewsOfRefunds(state, history).find(({ id }) => id === refundId);
    if (!view) throw errors.RefundNotFound({ refundId });
    return view;
  }

  /** The order of a return that the caller may see. */
  async function orderOf(returnId: string, request?: Request): Promise<string> {
    const found = await index.find(returnId);
    if (!found || (request && !mayLook(found, request.principal, request.headers["x-cart-token"])))
      throw errors.ReturnNotFound({ returnId });
    return found.orderId;
  }

  /** Whatever comes of the command is carried out by sagas that begin with its commit. @returns the order's version */
  async function execute(tx: Tx, orderId: string, command: Command): Promise<number> {
    const { state, appended, version } = await order.executeIn(tx, orderId, command);
    if (state.lifecycle === "new") return version;
    for (const { event } of appended) {
      if (event.type === "return approved") await startLabel(tx, state, event.returnId);
      if (event.type === "exchange ordered") await exchanges.place(tx, state, event);
      if (event.type === "return received") {
        const { returnId, lines } = event;
        await sagas.start(tx, takingBack, `return:${returnId}`, { orderId, returnId, lines });
      }
      if (event.type === "refund granted" || event.type === "refund retried") await startRefund(tx, state, event);
    }
    return version;
  }

  async function startLabel(tx: Tx, { order: { orderId }, afterSale }: Existing, returnId: string): Promise<void> {
    const requested = afterSale.returns.find((one) => one.returnId === returnId)?.lines ?? [];
    const lines = requested.map(({ sku, quantity }) => ({ sku, quantity }));
    await sagas.start(tx, labelling, `return label:${returnId}`, { orderId, returnId, lines });
  }

  async function startRefund(
    tx: Tx,
    { order: { orderId, currency }, afterSale }: Existing,
    { type, refundId }: Extract<AfterSaleEvent, { type: "refund granted" | "refund retried" }>,
  ): Promise<void> {
    const refund = afterSale.refunds.find((one) => one.refundId === refundId);
    if (!refund) throw new Error(`refund ${refundId} was granted and is not there`);
    const amount = { amount: refund.amount, currency };
    // A saga that was refused has ended; what is tried again is another, with the same key at payments.
    const id = type === "refund granted" ? `refund:${refundId}` : `refund:${refundId}:${newId()}`;
    await sagas.start(tx, refunding, id, { orderId, refundId, amount });
  }

  return {
    async requestReturn(request) {
      const { params, body, principal, once } = request;
      const { orderId } = params;
      await assertVisible(orderId, request);
      const newReturnId = newId();
      const [{ state }, current] = await Promise.all([load(orderId), exchanges.rules()]);
      const { returnId, version } = await once(async (tx) => {
        const by = seesAllOrders(principal) ? "support" : "customer";
        const exchange = body.exchange && (await exchanges.priced(tx, state.order, body.exchange, current));
        const lines = { lines: body.lines, ...(exchange && { exchange }) };
        const command = { type: "request return", returnId: newReturnId, by, ...lines } as const;
        return { returnId: newReturnId, version: await execute(tx, orderId, command) };
      });
      const location = { location: `/v1/returns/${returnId}` };
      return answer(201, { return: await returnView(orderId, returnId, version) }, location);
    },

    async returns({ query, principal }) {
      const { page: number = 1, limit = 20, ...filter } = query;
      const customerId = principal.kind === "user" && !seesAllOrders(principal) ? principal.id : undefined;
      const { items, total } = await index.page({ ...filter, customerId, page: number, limit });
      const loaded = await order.loadMany(items.map(({ orderId }) => orderId));
      const views = items.flatMap(({ returnId }, i) => {
        const found = loaded[i];
        return found && found.state.lifecycle !== "new"
          ? (viewOfReturn(found.state, found.history, returnId) ?? [])
          : [];
      });
      return page({ items: views, total, page: number, limit }, "/v1/returns", filter);
    },

    async returnById(request) {
      const { returnId } = request.params;
      return returnView(await orderOf(returnId, request), returnId);
    },

    async approveReturn({ params: { returnId } }) {
      const orderId = await orderOf(returnId);
      await db.tx((tx) => execute(tx, orderId, { type: "approve return", returnId }));
      return { return: await returnView(orderId, returnId) };
    },

    async rejectReturn({ params: { returnId }, body: { reason } }) {
      const orderId = await orderOf(returnId);
      await order.execute(orderId, { type: "reject return", returnId, why: reason });
      return { return: await returnView(orderId, returnId) };
    },

    async receiveReturn({ params: { returnId }, body: { lines } }) {
      const orderId = await orderOf(returnId);
      const [refundId, exchangeOrderId] = [newId(), newId()];
      const command = { type: "receive return", returnId, lines, refundId, exchangeOrderId } as const;
      await db.tx((tx) => execute(tx, orderId, command));
      return { return: await returnView(orderId, returnId) };
    },

    async grantRefund({ params: { orderId }, body, once }) {
      const { state } = await load(orderId);
      const what = whatToRefund(body, state.order.currency);
      const newRefundId = newId();
      const { refundId, version } = await once(async (tx) => {
        const command = { type: "grant refund", refundId: newRefundId, reason: body.reason, ...what } as const;
        return { refundId: newRefundId, version: await execute(tx, orderId, command) };
      });
      return { refund: await refundView(orderId, refundId, version) };
    },

    async refunds(request) {
      const { orderId } = request.params;
      await assertVisible(orderId, request);
      const { state, history } = await load(orderId);
      return { data: viewsOfRefunds(state, history) };
    },

    async retryRefund({ params: { orderId, refundId } }) {
      await load(orderId);
      await db.tx((tx) => execute(tx, orderId, { type: "retry refund", refundId }));
      return { refund: await refundView(orderId, refundId) };
    },

    async addNote({ params: { orderId }, body: { text }, principal, once }) {
      await load(orderId);
      const by = principal.kind === "anonymous" ? principal.kind : principal.id;
      const note = await once(async (tx) => {
        const noteId = newId();
        await order.executeIn(tx, orderId, { type: "add note", noteId, text, by });
        return { noteId, text, at: now() };
      });
      return note;
    },
  };
}

type Refundable = Parameters<AfterSaleHandlers["grantRefund"]>[0]["body"];
/** @throws errors.RefundUnclear */
function whatToRefund({ amount, lines }: Refundable, currency: string) {
  if (amount && !lines && amount.currency === currency) return { amount: amount.amount };
  if (lines && !amount) return { lines };
  throw errors.RefundUnclear({ currency });
}
