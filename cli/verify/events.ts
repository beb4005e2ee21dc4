import { type Check, counted, type Problem, type View } from "./check.ts";
import { inventedOrders, untoldOrders } from "./db/after-sale.ts";
import {
  forgottenParked,
  lateOutbox,
  logged,
  outboxCount,
  passed,
  received,
  relayed,
  subscriptions,
  unreadLong,
  untoldPayments,
  untoldShipments,
} from "./db/events.ts";
import { decided, deliveryCount, repeatedDeliveries, unexplainedMail } from "./db/messages.ts";
import { believedStock, offers, ordered, sent, toldStock, variants } from "./db/projections.ts";
import { inOrder, merged } from "./merge.ts";

/** Services that publish. */
const publishers = ["users", "products", "inventory", "orders", "payments", "shipping", "notifications"];

/** Events about which somebody is written to, or would be were they not erased. */
const writtenAbout = [
  "orders.confirmed.v1",
  "orders.rejected.v1",
  "orders.cancelled.v1",
  "orders.rest_cancelled.v1",
  "orders.return_requested.v1",
  "orders.return_rejected.v1",
  "orders.return_received.v1",
  "shipping.dispatched.v1",
  "shipping.lost.v1",
  "shipping.return_label_made.v1",
  "payments.refunded.v1",
  "users.letter_due.v1",
];

/** Events that a relay said it had handed over and the bus does not have, or the other way round. */
async function lostOnTheWay({ database, bus }: View, publisher: string): Promise<Problem[]> {
  const problems: Problem[] = [];
  for await (const { key, left, right } of merged(
    inOrder(relayed(database(publisher))),
    inOrder(logged(bus, publisher)),
  )) {
    // On the bus and not yet marked as done is a relay between two statements; the outbox check sees it when it stays so.
    if (left && !right) problems.push({ key, text: `event ${key} of ${publisher} was relayed and is not on the bus` });
  }
  return problems;
}

async function unhandled({ database, bus }: View, subscriber: string, types: readonly string[]) {
  const problems: Problem[] = [];
  let n = 0;
  const pairs = merged(inOrder(passed(bus, subscriber, types)), inOrder(received(database(subscriber), subscriber)));
  for await (const { key, left, right } of pairs) {
    if (left) n++;
    if (left && !right)
      problems.push({
        key: `${key}>${subscriber}`,
        text: `${subscriber} has read past event ${key} without handling it`,
      });
    if (right && right.places > 1)
      problems.push({ key: `${key}>${subscriber}`, text: `${subscriber} has event ${key} in ${right.places} places` });
  }
  return { problems, n };
}

export const eventChecks: readonly Check[] = [
  {
    name: "a state change if and only if an outbox row",
    async look({ database }) {
      const sql = database("orders");
      const found = await Promise.all([
        untoldOrders(sql),
        inventedOrders(sql),
        untoldPayments(database("payments")),
        untoldShipments(database("shipping")),
      ]);
      const n = await Promise.all(publishers.map((name) => outboxCount(database(name))));
      return {
        problems: found.flat(),
        figure: counted(
          n.reduce((a, b) => a + b, 0),
          "event",
        ),
      };
    },
  },
  {
    name: "every event reaches the bus",
    async look(view) {
      const late = await Promise.all(publishers.map((name) => lateOutbox(view.database(name))));
      const lost: Problem[] = [];
      for (const name of publishers) lost.push(...(await lostOnTheWay(view, name)));
      const problems = [...late.flat(), ...lost];
      return { problems, figure: `${counted(late.flat().length, "event")} late, ${lost.length} lost` };
    },
  },
  {
    name: "one inbox row or one dead letter per event and subscriber",
    async look(view) {
      const problems: Problem[] = [...(await unreadLong(view.bus))];
      let n = 0;
      for (const { subscriber, types } of await subscriptions(view.bus)) {
        const found = await unhandled(view, subscriber, types);
        problems.push(...found.problems, ...(await forgottenParked(view.database(subscriber))));
        n += found.n;
      }
      return { problems, figure: counted(n, "delivery", "deliveries") };
    },
  },
  {
    name: "what orders sells is what products offers, at its price",
    async look({ database }) {
      const problems: Problem[] = [];
      let n = 0;
      for await (const { key, left, right } of merged(
        inOrder(offers(database("orders"))),
        inOrder(variants(database("products"))),
      )) {
        n++;
        const believed = left?.onSale ? `${left.amount} ${left.currency}` : "not for sale";
        const offered = right?.onSale ? `${right.amount} ${right.currency}` : "not for sale";
        if (believed !== offered)
          problems.push({ key, text: `orders believes that ${key} is ${believed}, products says ${offered}` });
      }
      return { problems, figure: counted(n, "SKU") };
    },
  },
  {
    name: "orders' picture of the stock equals inventory's",
    async look({ database }) {
      const problems: Problem[] = [];
      let n = 0;
      for await (const { key, left, right } of merged(
        inOrder(believedStock(database("orders"))),
        inOrder(toldStock(database("inventory"))),
      )) {
        n++;
        if (right && left?.available !== right.available) {
          problems.push({
            key,
            text: `orders believes that ${left?.available ?? "an unknown number"} of ${key} are available, inventory has ${right.available}`,
          });
        }
      }
      return { problems, figure: counted(n, "SKU") };
    },
  },
  {
    name: "every unit of a confirmed order is in a parcel or waits for stock, none of any other",
    async look({ database }) {
      const problems: Problem[] = [];
      let n = 0;
      for await (const { key, left, right } of merged(
        inOrder(ordered(database("orders"))),
        inOrder(sent(database("shipping"))),
      )) {
        const { parcels = 0, units = 0, awaited = 0 } = right ?? {};
        n += parcels;
        const isOver = !left || left.lifecycle === "rejected" || left.lifecycle === "cancelled";
        const isPaid = left?.lifecycle === "confirmed" || left?.lifecycle === "completed";
        const state = `order ${key} is ${left?.lifecycle ?? "unknown"}`;
        if (isPaid && units + awaited !== left.units)
          problems.push({ key, text: `${state}: ${units} units are in parcels, ${awaited} wait, of ${left.units}` });
        if (isOver && units + awaited > 0)
          problems.push({ key, text: `${state}: ${units} units are in parcels, ${awaited} wait` });
      }
      return { problems, figure: counted(n, "parcel") };
    },
  },
  {
    name: "one message per event, template and recipient",
    async look({ database, bus }) {
      const sql = database("notifications");
      const [n, repeated, unexplained] = await Promise.all([
        deliveryCount(sql),
        repeatedDeliveries(sql),
        unexplainedMail(sql),
      ]);
      const problems = [...repeated, ...unexplained];
      const pairs = merged(inOrder(passed(bus, "notifications", writtenAbout)), inOrder(decided(sql)));
      for await (const { key, left, right } of pairs)
        if (left && !right) problems.push({ key, text: `event ${key} was handled and nobody was written to` });
      return { problems, figure: counted(n, "message") };
    },
  },
];
