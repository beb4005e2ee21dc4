import { aConfirmedOrder, type Corruption } from "./corruption.ts";

const fold = "the index of orders equals a fold";
const uses = "the uses of a promotion are the orders that have it";
const checkedOut = "each accepted checkout exists once";
const quantities = "written off ≤ come back";
const aRejectedOrder = "(select order_id from orders where lifecycle = 'rejected' order by order_id limit 1)";

/** Carts, orders, and the sagas that work on them. */
export const orders: readonly Corruption[] = [
  {
    what: "a cart forgot that it was ordered",
    database: "orders",
    tables: ["carts"],
    sql: `update carts set status = 'open', order_id = null where order_id = ${aConfirmedOrder}`,
    breaks: [checkedOut],
  },
  {
    what: "a cart names an order that is not there",
    database: "orders",
    tables: ["carts"],
    sql: `update carts set status = 'ordered', order_id = gen_random_uuid()
          where cart_id = (select cart_id from carts where status = 'open' order by cart_id limit 1)`,
    breaks: [checkedOut],
  },
  {
    what: "an order costs more than its parts",
    database: "orders",
    tables: ["chassis.events"],
    sql: `update chassis.events set data = jsonb_set(data::jsonb, '{order,totals,shipping}', '1000000')::json
          where stream_type = 'order' and version = 1 and stream_id = ${aRejectedOrder}::text`,
    breaks: ["an order's total is the sum of its parts"],
  },
  {
    what: "a promotion was used once more than orders have it",
    database: "orders",
    tables: ["promotions"],
    sql: `insert into promotions (promotion_id, rule, live, version, uses) values (gen_random_uuid(), '{}', false, 1, 1)`,
    breaks: [uses],
  },
  {
    what: "a promotion counts an order that does not have it",
    database: "orders",
    tables: ["promotions", "redemptions"],
    sql: `insert into promotions (promotion_id, rule, live, version, uses, spent)
          values ('00000000-0000-7000-8000-000000000002', '{}', false, 1, 1, 5);
          insert into redemptions (order_id, promotion_id, shopper, amount, redeemed_at)
          values (${aConfirmedOrder}, '00000000-0000-7000-8000-000000000002', 'nobody', 5, now())`,
    breaks: [uses],
  },
  {
    what: "an order waits, and nobody works on it",
    database: "orders",
    tables: ["orders"],
    sql: `update orders set lifecycle = 'pending' where order_id = ${aRejectedOrder}`,
    breaks: ["every order is final", fold],
  },
  {
    what: "a saga is stuck",
    database: "orders",
    tables: ["chassis.sagas"],
    sql: `insert into chassis.sagas (id, name, status, input, irrevocable, fence, started_at)
          values ('stuck', 'checkout', 'stuck', '{}', true, 1, now())`,
    breaks: ["every order is final"],
  },
  {
    what: "a step was undone twice",
    database: "orders",
    tables: ["chassis.saga_history"],
    sql: `insert into chassis.saga_history (saga_id, seq, step, action, attempt, outcome, at)
          select saga_id, seq + 1000, step, action, 1, outcome, at from chassis.saga_history
          where action = 'undo' and outcome = 'ok' order by saga_id, seq limit 1`,
    breaks: ["every saga is finished"],
  },
  {
    what: "a saga says that it is undone, and one step of it is not",
    database: "orders",
    tables: ["chassis.saga_history"],
    sql: `delete from chassis.saga_history where (saga_id, seq) in (
            select saga_id, seq from chassis.saga_history
            where action = 'undo' and step = 'reserve stock' and outcome = 'ok' order by saga_id, seq limit 1)`,
    breaks: ["every saga is finished"],
  },
  {
    what: "the index is ahead of an order's events",
    database: "orders",
    tables: ["orders"],
    sql: `update orders set version = version + 1 where order_id = ${aRejectedOrder}`,
    breaks: [fold],
  },
  {
    what: "a key answers with an order that is not there",
    database: "orders",
    tables: ["chassis.idempotency_keys"],
    sql: `insert into chassis.idempotency_keys (id, fingerprint, refused, outcome, recorded_at)
          values (gen_random_uuid(), '\\x00', false, '{"orderId":"00000000-0000-7000-8000-000000000001"}', now())`,
    breaks: ["one effect per idempotency key"],
  },
  {
    what: "more has arrived than was ordered",
    database: "orders",
    tables: ["chassis.events"],
    sql: `update chassis.events set data = regexp_replace(data::text, '"quantity":[0-9]+', '"quantity":9999')::json
          where stream_type = 'order' and type = 'delivered' and stream_id = ${aConfirmedOrder}::text`,
    breaks: [quantities],
  },
];
