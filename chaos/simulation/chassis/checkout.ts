import type { Client } from "@souk/contract";
import { Body, defineContract, event, post, service, Type } from "@souk/contract";
import type { Projection, StreamType } from "@souk/event-store";
import { type Decider, never, ServiceError } from "@souk/kernel";
import type { Tx } from "@souk/postgres";
import { compensatable, local, retriable, type Saga, saga } from "@souk/saga";

/** The smallest order that needs everything of the chassis: a stream, its events on the bus, and a saga over two neighbours. */
export type Command = { readonly type: "place" | "touch" | "confirm" | "reject" };
export type OrderEvent = { readonly type: "placed" | "touched" | "confirmed" | "rejected" };
export type Status = "new" | OrderEvent["type"];

const order: Decider<Command, Status, OrderEvent> = {
  initial: "new",
  decide(status, { type }) {
    switch (type) {
      case "place":
        return status === "new" ? [{ type: "placed" }] : [];
      case "touch":
        return status === "placed" || status === "touched" ? [{ type: "touched" }] : [];
      case "confirm":
        if (status === "confirmed") return [];
        if (status !== "placed") throw new ServiceError("order.not_placed", "failed_precondition", "cannot confirm");
        return [{ type: "confirmed" }];
      case "reject":
        if (status === "rejected") return [];
        if (status !== "placed") throw new ServiceError("order.not_placed", "failed_precondition", "cannot reject");
        return [{ type: "rejected" }];
      default:
        return never(type);
    }
  },
  evolve: (_, { type }) => type,
};

const nothing = Type.Object({}, { additionalProperties: false });
export const told = {
  placed: event("seller.placed.v1", "An order has been placed", nothing),
  touched: event("seller.touched.v1", "Somebody has changed an order", nothing),
  confirmed: event("seller.confirmed.v1", "An order has been confirmed", nothing),
  rejected: event("seller.rejected.v1", "An order has been rejected", nothing),
} as const;

const streamName = "order";

export type OrderStream = StreamType<Command, Status, OrderEvent>;
export const orderStream = (inline: NonNullable<OrderStream["inline"]>): OrderStream => ({
  name: streamName,
  decider: order,
  inline,
});

/** A projection that lags behind: one row per order, and how many events it was made of. */
export const orderView: Projection<OrderEvent> = {
  name: "order_view",
  of: { name: streamName },
  tables: ["order_view"],
  async apply(events, tx) {
    for (const {
      streamId,
      event: { type },
      version,
    } of events)
      await tx`
        insert into order_view (order_id, status, events) values (${streamId}, ${type}, ${version})
        on conflict (order_id) do update set status = excluded.status, events = order_view.events + 1`;
  },
};

const neighbourContract = <N extends string>(name: N) =>
  defineContract({
    name,
    endpoints: {
      act: post("/internal/acts/:action/:orderId", {
        summary: "Do something for an order",
        access: service("seller"),
        idempotency: "required",
        params: Body({ action: Type.String(), orderId: Type.String() }),
        returns: Type.Object({}),
      }),
    },
    events: {},
  });
export const stock = neighbourContract("stock");
export const bank = neighbourContract("bank");

export type Order = { readonly orderId: string };

/** As the shop's own checkout: reserve, pay, confirm (the pivot), commit. */
export const checkoutSaga = (
  neighbours: { readonly stock: Client<typeof stock>; readonly bank: Client<typeof bank> },
  execute: (tx: Tx, orderId: string, command: Command) => Promise<unknown>,
): Saga<Order> => {
  const ask =
    (whom: "stock" | "bank", action: string) =>
    async ({ orderId }: Order) => {
      await neighbours[whom].act({ params: { action, orderId } });
    };
  const decide =
    (type: Command["type"]) =>
    async ({ orderId }: Order, tx: Tx) => {
      await execute(tx, orderId, { type });
    };
  return saga<Order>(
    "checkout",
    [
      compensatable("reserve", ask("stock", "reserve"), ask("stock", "release"), { attempts: 3 }),
      compensatable("pay", ask("bank", "pay"), ask("bank", "refund"), { attempts: 4 }),
      local("confirm", decide("confirm"), { pivot: true }),
      retriable("commit", ask("stock", "commit")),
    ],
    { rejected: ({ orderId }, _, tx) => decide("reject")({ orderId }, tx) },
  );
};
