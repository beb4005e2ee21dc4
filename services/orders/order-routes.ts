import type { Principal } from "@souk/contract";
import { type Handlers, page } from "@souk/http";
import type { orders } from "./contract.ts";
import { orderIndex } from "./db/order-index.ts";
import { salesAfter } from "./db/sales.ts";
import { isUnderWay } from "./domain/after-sale.ts";
import { readNumber } from "./domain/number.ts";
import type { State } from "./domain/order-state.ts";
import { isPaid } from "./domain/order-status.ts";
import { viewOf } from "./domain/view.ts";
import { errors } from "./errors.ts";
import { mayLook, seesAllOrders } from "./holder.ts";
import type { RouteDeps } from "./routes.ts";

type Viewer = "owner" | "staff";
const viewerOf = (principal: Principal): Viewer => (seesAllOrders(principal) ? "staff" : "owner");

type OrderHandlers = Pick<Handlers<typeof orders>, "list" | "byId" | "timeline" | "cancel" | "sales">;

const ended: ReadonlySet<string> = new Set(["completed", "rejected", "cancelled"]);
/** Nothing more happens to an order by itself: its live timeline ends. */
const isOver = (state: State): boolean =>
  ended.has(state.lifecycle) && state.lifecycle !== "new" && !isUnderWay(state.afterSale);

export function orderRoutes({ db, order, watch, sagas, cancellation, newId }: RouteDeps): OrderHandlers {
  const index = orderIndex(db);

  async function assertVisible(
    orderId: string,
    request: Pick<Parameters<OrderHandlers["byId"]>[0], "principal" | "headers">,
  ) {
    const owner = await index.owner(orderId);
    if (!owner || !mayLook(owner, request.principal, request.headers["x-cart-token"]))
      throw errors.OrderNotFound({ orderId });
  }

  async function view(orderId: string, viewer: Viewer, upTo?: number) {
    const { state, history } = await order.load(orderId, upTo);
    return viewOf(state, history, viewer);
  }

  return {
    async list({ query, principal }) {
      const customerId = principal.kind === "user" && !seesAllOrders(principal) ? principal.id : undefined;
      const { page: at = 1, limit = 20, lifecycle, number } = query;
      const filter = { customerId, lifecycle, page: at };
      const { ids, total } = await (number === undefined
        ? index.page({ ...filter, limit })
        : index.numbered(readNumber(number), filter));
      const loaded = await order.loadMany(ids);
      const items = loaded.map(({ state, history }) => viewOf(state, history, viewerOf(principal)));
      return page({ items, total, page: at, limit }, "/v1/orders", { lifecycle, number });
    },

    async byId(request) {
      const { orderId } = request.params;
      await assertVisible(orderId, request);
      return view(orderId, viewerOf(request.principal));
    },

    async timeline(request) {
      const { orderId } = request.params;
      await assertVisible(orderId, request);
      return follow(orderId, viewerOf(request.principal), request.signal);
    },

    async cancel(request) {
      const { params, body, principal, once } = request;
      const { orderId } = params;
      await assertVisible(orderId, request);
      const by = seesAllOrders(principal) ? "operator" : "customer";
      const { version } = await once(async (tx) => {
        const after = await order.executeIn(tx, orderId, {
          type: "request cancel",
          by,
          ...(body?.reason && { note: body.reason }),
        });
        if (after.appended.length > 0) await startUndoing(isPaid(after.state), orderId, by, tx);
        return { version: after.version };
      });
      return { order: await view(orderId, viewerOf(principal), version) };
    },

    async sales({ query: { after, limit = 1_000 } }) {
      const data = await salesAfter(db, after ?? null, limit);
      return { data, next: data.length === limit ? (data.at(-1)?.orderId ?? null) : null };
    },
  };

  /** An unconfirmed order is undone by the saga that is filling it, a confirmed one by a saga of its own. */
  async function startUndoing(paid: boolean, orderId: string, by: string, tx: Parameters<typeof sagas.start>[0]) {
    if (paid) await sagas.start(tx, cancellation, newId(), { orderId });
    else
      await sagas.cancel(tx, `checkout:${orderId}`, { code: "orders.cancelled", message: `Cancelled by the ${by}.` });
  }

  async function* follow(orderId: string, viewer: Viewer, signal: AbortSignal) {
    using changes = watch.open(orderId);
    for (let seen = 0; !signal.aborted; ) {
      const { state, version, history } = await order.load(orderId);
      if (version > seen) yield viewOf(state, history, viewer);
      seen = version;
      if (isOver(state)) return;
      await changes.next(1_000, signal);
    }
  }
}
