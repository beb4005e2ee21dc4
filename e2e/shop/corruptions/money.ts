import { aCapture, aConfirmedOrder, type Corruption } from "./corruption.ts";

/** What is charged, booked and kept. */
export const money: readonly Corruption[] = [
  {
    what: "one line of a ledger entry is larger than the other",
    database: "payments",
    tables: ["ledger"],
    sql: `update ledger set amount = amount - 1 where account = 'customers' and entry_id = ${aCapture}`,
    breaks: ["every ledger entry balances"],
  },
  {
    what: "an entry books more than its payment says",
    database: "payments",
    tables: ["ledger"],
    sql: `update ledger set amount = amount + sign(amount) where entry_id = ${aCapture}`,
    breaks: ["payments are the sum of their ledger lines"],
  },
  {
    what: "a payment says that some of it is disputed, and no dispute does",
    database: "payments",
    tables: ["payments"],
    sql: `update payments set disputed = 1 where payment_id = (select payment_id from payments where status = 'captured' and captured > 0
          order by payment_id limit 1)`,
    breaks: ["what is disputed is out of the provider's account"],
  },
  {
    what: "a capture is booked in two entries",
    database: "payments",
    tables: ["ledger"],
    sql: `with one as (select * from ledger where entry_id = ${aCapture}),
               less as (update ledger l set amount = l.amount - sign(l.amount) from one where l.entry_id = one.entry_id and l.account = one.account)
          insert into ledger (entry_id, account, payment_id, kind, amount, currency, at)
          select '00000000-0000-7000-8000-000000000001', account, payment_id, kind, sign(amount), currency, at from one`,
    breaks: ["no amount was captured twice"],
  },
  {
    what: "the provider charged an order twice, under two keys",
    database: "card_simulator",
    tables: ["charges"],
    sql: `insert into charges (charge_id, key, reference, status, amount, currency, captured, refunded, created_at, updated_at)
          select 'ch_twice', 'charged-twice', reference, status, 0, currency, 0, 0, created_at, updated_at
          from charges where status = 'succeeded' order by charge_id limit 1`,
    breaks: ["no amount was captured twice"],
  },
  {
    what: "an order cost more than was kept for it",
    database: "orders",
    tables: ["orders"],
    sql: `update orders set total = total + 1 where order_id = ${aConfirmedOrder}`,
    breaks: ["captured − refunded = total"],
  },
  {
    what: "the provider kept more than the ledger knows",
    database: "card_simulator",
    tables: ["charges"],
    sql: `update charges set amount = amount + 1, captured = captured + 1
          where key = (select key from charges where status = 'succeeded' order by key limit 1)`,
    breaks: ["the ledger agrees with the provider's book"],
  },
  {
    what: "an authorization was left open long after its order was rejected",
    database: "payments",
    tables: ["payments"],
    sql: `update payments set status = 'authorized', created_at = created_at - interval '1 day'
          where payment_id = (select payment_id from payments where status = 'declined' order by payment_id limit 1)`,
    breaks: ["captured − refunded = total", "no money is in flight"],
  },
];
