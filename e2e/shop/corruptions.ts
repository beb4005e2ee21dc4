/** A way in which a database could have become wrong, and which invariants say so. */
export type Corruption = {
  readonly what: string;
  readonly database: string;
  /** Everything that the statements change: the changed rows are put back after. */
  readonly tables: readonly string[];
  readonly sql: string;
  /** Run after the rows were put back. */
  readonly after?: string;
  /** The checks that fail, and no others; by the beginnings of their names. */
  readonly breaks: readonly string[];
};

const sumOfMovements = "stock is the sum of its movements";
const equation = "available + reserved + sold";
const transit = "what is in transit";
const owed = "what is owed is what orders were promised";
const told = "a state change if and only if an outbox row";
const fold = "the index of orders equals a fold";
const uses = "the uses of a promotion are the orders that have it";
const checkedOut = "each accepted checkout exists once";
const received = "one inbox row or one dead letter";
const mail = "one message per event";
const quantities = "written off ≤ come back";
const afterSale = "the index of returns and refunds equals a fold";
const paidOnce = "every refund is paid once";
const givenBack = "every return gives back what came back";
const backInStock = "what came back is on the shelf";
const claimed = "what left and was never paid is claimed";
const letGo = "what was promised and is never sent was let go of";
const inParcels = "every unit of a confirmed order is in a parcel or waits";
const shown = "what search shows is what products offers";
const shownStock = "search's picture of the stock";
const counted = "search counts each sale once";

const aConfirmedOrder = "(select order_id from orders where lifecycle = 'completed' order by order_id limit 1)";
const aRejectedOrder = "(select order_id from orders where lifecycle = 'rejected' order by order_id limit 1)";
const aReturn = "(select return_id from returns where status = 'refunded' order by return_id limit 1)";
const aCapture = "(select entry_id from ledger where kind = 'capture' order by entry_id limit 1)";
const aShelf = "(select sku from movements where kind = 'sale' order by movement_id limit 1)";

/** At least one for each check of `souk verify`, and one for each question that a check asks of its own. */
export const corruptions: readonly Corruption[] = [
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
  {
    what: "a movement reserved what no counter shows",
    database: "inventory",
    tables: ["movements"],
    sql: `insert into movements (sku, location, kind, quantity, order_id, at)
          select sku, 'main', 'reserve', 1, gen_random_uuid(), now() from items where sku = ${aShelf}`,
    breaks: [sumOfMovements],
  },
  {
    what: "more was received than is there or was sold",
    database: "inventory",
    tables: ["movements"],
    sql: `update movements set quantity = quantity + 1 where kind = 'receipt' and sku = ${aShelf}`,
    breaks: [sumOfMovements, equation],
  },
  {
    what: "a shelf holds less than nothing",
    database: "inventory",
    tables: ["stock", "movements", "locations"],
    sql: `alter table stock drop constraint nothing_negative, drop constraint reserved_is_on_hand;
          insert into locations values ('nowhere', 9);
          insert into stock (sku, location, on_hand) values (${aShelf}, 'nowhere', -1);
          update stock set on_hand = on_hand + 1 where sku = ${aShelf} and location = 'main';
          insert into movements (sku, location, kind, quantity, at)
          select sku, location, 'adjustment', n, now() from (values ('main', 1), ('nowhere', -1)) as v (location, n), items
          where sku = ${aShelf}`,
    after: `alter table stock add constraint nothing_negative check (on_hand >= 0 and reserved >= 0),
              add constraint reserved_is_on_hand check (reserved <= on_hand)`,
    breaks: ["nothing in stock is negative"],
  },
  {
    what: "something is reserved for nobody",
    database: "inventory",
    tables: ["stock", "movements"],
    sql: `update stock set on_hand = on_hand + 1, reserved = reserved + 1 where sku = ${aShelf} and location = 'main';
          insert into movements (sku, location, kind, quantity, at) values (${aShelf}, 'main', 'adjustment', 1, now());
          insert into movements (sku, location, kind, quantity, order_id, at) values (${aShelf}, 'main', 'reserve', 1, gen_random_uuid(), now())`,
    breaks: ["what is reserved is what reservations hold"],
  },
  {
    what: "what an order bought is back on the shelf, it says",
    database: "inventory",
    tables: ["reservations"],
    sql: `update reservations set restocked = true
          where order_id = (select order_id from reservations where status = 'committed' and not restocked order by order_id limit 1)`,
    breaks: ["no reservation outlives its order"],
  },
  {
    what: "a transfer is on its way that took nothing from anywhere",
    database: "inventory",
    tables: ["transfers", "transfer_lines"],
    sql: `insert into transfers values ('00000000-0000-7000-8000-000000000001', 'main', 'nowhere', 'in_transit', null, 'nobody', now(), now());
          insert into transfer_lines values ('00000000-0000-7000-8000-000000000001', ${aShelf}, 1)`,
    breaks: [transit],
  },
  {
    what: "a transfer is on its way, and all of it was received",
    database: "inventory",
    tables: ["transfers", "transfer_lines"],
    sql: `insert into transfers values ('00000000-0000-7000-8000-000000000001', 'main', 'nowhere', 'in_transit', null, 'nobody', now(), now());
          insert into transfer_lines values ('00000000-0000-7000-8000-000000000001', ${aShelf}, 1, 1)`,
    breaks: [transit],
  },
  {
    what: "an order was promised what it does not wait for",
    database: "inventory",
    tables: ["backorders"],
    sql: `insert into backorders (order_id, sku, quantity, at)
          select order_id, ${aShelf}, 1, now() from reservations where status = 'committed' order by order_id limit 1`,
    breaks: [owed],
  },
  {
    what: "a shelf keeps back what nobody is owed",
    database: "inventory",
    tables: ["stock"],
    sql: `update stock set kept = kept + 1 where sku = ${aShelf} and location = 'main'`,
    breaks: [owed],
  },
  {
    what: "an order was sold one more than it asked for",
    database: "inventory",
    tables: ["reservations"],
    sql: `update reservations set allocations[1].quantity = allocations[1].quantity + 1
          where order_id = (select order_id from reservations where status = 'committed' and not restocked order by order_id limit 1)`,
    breaks: ["no reservation outlives its order"],
  },
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
  {
    what: "a return is worth more than its events say",
    database: "orders",
    tables: ["returns"],
    sql: `update returns set value = value + 1 where return_id = ${aReturn}`,
    breaks: [afterSale],
  },
  {
    what: "a return was worth less than was given back for it",
    database: "orders",
    tables: ["chassis.events"],
    sql: `update chassis.events set data = regexp_replace(data::text, '"value":[0-9]+', '"value":1')::json
          where stream_type = 'order' and type = 'return received' and data ->> 'returnId' = ${aReturn}::text`,
    breaks: [afterSale, givenBack],
  },
  {
    what: "a refund is promised and nobody is about to keep it",
    database: "orders",
    tables: ["refunds"],
    sql: `insert into refunds (refund_id, order_id, status, amount, changed_at) values (gen_random_uuid(), ${aConfirmedOrder}, 'granted', 1, now())`,
    breaks: [afterSale, paidOnce],
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
    what: "inventory let go of what an order still waits for",
    database: "inventory",
    tables: ["reservations"],
    sql: `update reservations set forgone = true, allocations = allocations || ('NOTHING', null, 1)::allocation
          where order_id = (select order_id from reservations where status = 'committed' and not restocked order by order_id limit 1)`,
    breaks: ["no reservation outlives its order", letGo],
  },
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
  {
    what: "carts believe in stock that is not there",
    database: "orders",
    tables: ["stock"],
    sql: `update stock set available = available + 1 where sku = (select min(sku) from stock)`,
    breaks: ["orders' picture of the stock"],
  },
  {
    what: "carts sell what the catalogue sells for another price",
    database: "orders",
    tables: ["offers"],
    sql: `update offers set amount = amount + 1 where sku = (select min(sku) from offers)`,
    breaks: ["what orders sells is what products offers"],
  },
  {
    what: "a parcel that was paid for is never sent",
    database: "shipping",
    tables: ["shipments"],
    sql: `update shipments set status = 'cancelled'
          where order_id = (select order_id from shipments where status = 'delivered' order by order_id limit 1)`,
    breaks: [inParcels],
  },
  {
    what: "one unit fewer is in a parcel than was paid for",
    database: "shipping",
    tables: ["shipments"],
    sql: `update shipments set lines = jsonb_set(lines, '{0,quantity}', to_jsonb((lines#>>'{0,quantity}')::integer - 1))
          where shipment_id = (select shipment_id from shipments where status = 'delivered' order by shipment_id limit 1)`,
    breaks: [inParcels],
  },
  {
    what: "something is to be sent later of an order that was never filled",
    database: "shipping",
    tables: ["consignments"],
    sql: "insert into consignments (order_id, cancelled, awaited) values (gen_random_uuid(), false, 1)",
    breaks: [inParcels],
  },
  {
    what: "a customer was never written to",
    database: "notifications",
    tables: ["deliveries"],
    sql: `delete from deliveries where delivery_id = (select delivery_id from deliveries order by delivery_id limit 1)`,
    breaks: [mail],
  },
  {
    what: "a customer got one message twice",
    database: "notifications",
    tables: ["sink"],
    sql: `insert into sink (mail_id, recipient, subject, text, message_id, received_at)
          select gen_random_uuid(), recipient, subject, text, message_id, received_at from sink order by mail_id limit 1`,
    breaks: [mail],
  },
  {
    what: "search shows a product for another price",
    database: "search",
    tables: ["products"],
    sql: `update products set document = replace(document::text, '"amount":', '"amount":1')::json
          where product_id = (select product_id from products where active order by product_id limit 1)`,
    breaks: [shown],
  },
  {
    what: "search believes in stock that is not there",
    database: "search",
    tables: ["stock"],
    sql: `update stock set available = available + 1 where sku = (select min(sku) from stock)`,
    breaks: [shownStock],
  },
  {
    what: "search counts a sale that never was",
    database: "search",
    tables: ["sales"],
    sql: `insert into sales (generation, order_id, at, skus, quantities, counted)
          select generation, gen_random_uuid(), now(), '{}', '{}', true from generations where state = 'live'`,
    breaks: [counted],
  },
  {
    what: "search takes off a sale what was sent",
    database: "search",
    tables: ["unsold"],
    // Counted already: what is not, search itself would take off before it is repaired.
    sql: `insert into unsold (generation, order_id, skus, quantities, counted)
          select generation, order_id, skus, quantities, true from sales where counted order by order_id limit 1`,
    breaks: [counted],
  },
  {
    what: "search has lost count of what sells",
    database: "search",
    tables: ["sold"],
    sql: `update sold set units = units + 1 where sku = (select min(sku) from sold)`,
    breaks: [counted],
  },
  {
    what: "something is recommended that is not sold like that",
    database: "recommendations",
    tables: ["products"],
    sql: `update products set version = version + 1
          where product_id = (select product_id from products where active order by product_id limit 1)`,
    breaks: ["what is recommended is what products offers"],
  },
  {
    what: "something is recommended that is sold out",
    database: "recommendations",
    tables: ["stock"],
    sql: `update stock set available = available + 1 where sku = (select min(sku) from stock)`,
    breaks: ["recommendations' picture of the stock"],
  },
  {
    what: "recommendations never learned of a sale",
    database: "recommendations",
    tables: ["sales"],
    sql: `update sales set cancelled = 1
          where order_id = (select order_id from sales where cancelled is null order by order_id limit 1)`,
    breaks: ["recommendations learn each sale once"],
  },
];
