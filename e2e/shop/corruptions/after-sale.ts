import { aCapture, aConfirmedOrder, type Corruption } from "./corruption.ts";

const indexed = "the index of returns and refunds equals a fold";
const paidOnce = "every refund is paid once";
const givenBack = "every return gives back what came back";
const backInStock = "what came back is on the shelf";
const claimed = "what left and was never paid is claimed";
const letGo = "what was promised and is never sent was let go of";
const aReturn = "(select return_id from returns where status = 'refunded' order by return_id limit 1)";

/** What came back, what was given back, and what is owed for what has left. */
export const afterSale: readonly Corruption[] = [
  {
    what: "a return is worth more than its events say",
    database: "orders",
    tables: ["returns"],
    sql: `update returns set value = value + 1 where return_id = ${aReturn}`,
    breaks: [indexed],
  },
  {
    what: "a return was worth less than was given back for it",
    database: "orders",
    tables: ["chassis.events"],
    sql: `update chassis.events set data = regexp_replace(data::text, '"value":[0-9]+', '"value":1')::json
          where stream_type = 'order' and type = 'return received' and data ->> 'returnId' = ${aReturn}::text`,
    breaks: [indexed, givenBack],
  },
  {
    what: "a refund is promised and nobody is about to keep it",
    database: "orders",
    tables: ["refunds"],
    sql: `insert into refunds (refund_id, order_id, status, amount, changed_at) values (gen_random_uuid(), ${aConfirmedOrder}, 'granted', 1, now())`,
    breaks: [indexed, paidOnce],
  },
  {
    what: "a refund says that it was paid, and was not",
    database: "payments",
    tables: ["refunds"],
    sql: "delete from refunds where refund_id = (select refund_id from refunds order by refund_id limit 1)",
    breaks: [paidOnce],
  },
  {
    what: "a refund was paid for more than was granted",
    database: "payments",
    tables: ["refunds"],
    sql: "update refunds set amount = amount + 1 where refund_id = (select refund_id from refunds order by refund_id limit 1)",
    breaks: [paidOnce],
  },
  {
    what: "what came back was booked as some other order's",
    database: "inventory",
    tables: ["movements"],
    sql: `update movements set order_id = gen_random_uuid()
          where kind = 'return' and order_id = (select order_id from returned order by return_id limit 1)`,
    breaks: [backInStock],
  },
  {
    what: "what was damaged was written off for another reason",
    database: "inventory",
    tables: ["movements"],
    sql: "update movements set reason = 'moths' where reason like 'written off: return %'",
    breaks: [backInStock],
  },
  {
    what: "an order claims what nobody owes",
    database: "orders",
    tables: ["orders"],
    sql: `update orders set claim = 5 where order_id = ${aConfirmedOrder}`,
    breaks: [claimed],
  },
  {
    what: "the money of an order has lapsed, and what has left of it is not claimed",
    database: "orders",
    tables: ["chassis.events", "orders"],
    sql: `insert into chassis.events (position, at, version, stream_type, stream_id, type, data)
          select nextval('chassis.event_positions'), now(), version + 1, 'order', order_id::text, 'payment lapsed',
                 '{"type":"payment lapsed","holdId":"h","captured":0}'
          from orders where order_id = ${aConfirmedOrder};
          update orders set version = version + 1 where order_id = ${aConfirmedOrder}`,
    breaks: [claimed],
  },
  {
    what: "the ledger has lost what nobody wrote off",
    database: "payments",
    tables: ["ledger"],
    sql: `insert into ledger (entry_id, account, payment_id, kind, amount, currency, at)
          select '00000000-0000-7000-8000-000000000003', v.account, payment_id, 'write_off', v.amount, currency, at
          from ledger l, (values ('losses', 5), ('customers', -5)) as v (account, amount)
          where l.entry_id = ${aCapture} and l.account = 'provider'`,
    breaks: [claimed],
  },
  {
    what: "a write-off was asked for and never booked",
    database: "payments",
    tables: ["write_offs"],
    sql: `insert into write_offs (write_off_id, payment_id, amount, reason, at)
          select '00000000-0000-7000-8000-000000000004', payment_id, 5, '', now() from ledger where entry_id = ${aCapture} limit 1`,
    breaks: [claimed],
  },
  {
    what: "a claim was paid another way and the bank has not got it",
    database: "payments",
    tables: ["claim_payments"],
    sql: `insert into claim_payments (claim_payment_id, payment_id, amount, at)
          select '00000000-0000-7000-8000-000000000005', payment_id, 5, now() from ledger where entry_id = ${aCapture} limit 1`,
    breaks: [claimed],
  },
  {
    what: "the bank has got what nobody recorded as paid",
    database: "payments",
    tables: ["ledger"],
    sql: `insert into ledger (entry_id, account, payment_id, kind, amount, currency, at)
          select '00000000-0000-7000-8000-000000000006', v.account, payment_id, 'claim_payment', v.amount, currency, at
          from ledger l, (values ('bank', 5), ('customers', -5)) as v (account, amount)
          where l.entry_id = ${aCapture} and l.account = 'provider'`,
    breaks: [claimed],
  },
  {
    what: "inventory let go of what an order still waits for",
    database: "inventory",
    tables: ["reservations"],
    sql: `update reservations set forgone = true, allocations = allocations || ('NOTHING', null, 1)::allocation
          where order_id = (select order_id from reservations where status = 'committed' and not restocked order by order_id limit 1)`,
    breaks: ["no reservation outlives its order", letGo],
  },
];
