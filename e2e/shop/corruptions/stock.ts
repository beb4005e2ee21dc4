import { aShelf, type Corruption } from "./corruption.ts";

const sumOfMovements = "stock is the sum of its movements";
const equation = "available + reserved + sold";
const transit = "what is in transit";
const owed = "what is owed is what orders were promised";

/** What lies on shelves, is reserved and is promised. */
export const stock: readonly Corruption[] = [
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
];
