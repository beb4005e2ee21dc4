import { aConfirmedOrder, type Corruption } from "./corruption.ts";

const told = "a state change if and only if an outbox row";
const received = "one inbox row or one dead letter";

/** What is told, and heard. */
export const messages: readonly Corruption[] = [
  {
    what: "an order was confirmed and nobody was told",
    database: "orders",
    tables: ["chassis.outbox"],
    sql: `delete from chassis.outbox where type = 'orders.confirmed.v1' and subject = ${aConfirmedOrder}::text`,
    breaks: [told],
  },
  {
    what: "a payment never told of its capture",
    database: "payments",
    tables: ["chassis.outbox"],
    sql: `delete from chassis.outbox where position = (select min(position) from chassis.outbox where type = 'payments.captured.v1')`,
    breaks: [told],
  },
  {
    what: "a shipment never told of its arrival",
    database: "shipping",
    tables: ["chassis.outbox"],
    sql: `delete from chassis.outbox where position = (select min(position) from chassis.outbox where type = 'shipping.delivered.v1')`,
    breaks: [told],
  },
  {
    what: "an event was relayed and is not on the bus",
    database: "bus",
    tables: ["bus.log"],
    sql: `delete from bus.log where position = (select max(position) from bus.log where type = 'orders.placed.v1')`,
    breaks: ["every event reaches the bus"],
  },
  {
    what: "a subscriber read past an event without handling it",
    database: "shipping",
    tables: ["chassis.inbox"],
    sql: `delete from chassis.inbox where event_id = (select event_id from chassis.inbox order by event_id limit 1)`,
    breaks: [received],
  },
  {
    what: "an event is handled and dead at once",
    database: "shipping",
    tables: ["chassis.dead_letters"],
    sql: `insert into chassis.dead_letters (subscriber, event_id, type, source, subject, sequence, at, data, attempts, error, died_at)
          select subscriber, event_id, 'orders.confirmed.v1', 'orders', 'x', 1, now(), '{}', 8, 'none', now()
          from chassis.inbox order by event_id limit 1`,
    breaks: [received],
  },
];
