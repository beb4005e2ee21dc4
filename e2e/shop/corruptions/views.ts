import type { Corruption } from "./corruption.ts";

const mail = "one message per event";
const inParcels = "every unit of a confirmed order is in a parcel or waits";
const shown = "what search shows is what products offers";
const shownStock = "search's picture of the stock";
const counted = "search counts each sale once";

/** What others make of what they hear: pictures of stock and offers, parcels, letters, what search and recommendations show. */
export const views: readonly Corruption[] = [
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
