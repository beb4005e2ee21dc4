import { after, before, describe } from "node:test";
import { type Shop, startShop } from "./shop/running-shop.ts";
import { access } from "./suites/access.ts";
import { afterSale } from "./suites/after-sale.ts";
import { aftermath } from "./suites/aftermath.ts";
import { badInput } from "./suites/bad-input.ts";
import { carts } from "./suites/carts.ts";
import { crashes } from "./suites/crashes.ts";
import { customers } from "./suites/customers.ts";
import { demo } from "./suites/demo.ts";
import { fulfilment } from "./suites/fulfilment.ts";
import { history } from "./suites/history.ts";
import { outages } from "./suites/outages.ts";
import { payments } from "./suites/payments.ts";
import { promotions } from "./suites/promotions.ts";
import { races } from "./suites/races.ts";
import { verifying } from "./suites/verifying.ts";
import { afterWire, wire } from "./suites/wire.ts";

/**
 * Everything runs against one shop, started here as its users start it and reached only as they reach it. In this order: what
 * only waits runs at once; what kills or corrupts runs alone, at the end, on a shop that has seen some business.
 */
let running: Shop | undefined;
const shop = (): Shop => {
  if (!running) throw new Error("the shop did not start");
  return running;
};
before(async () => {
  // A parcel leaves when a test says so: until then an order can be cancelled, however slow the machine is.
  running = await startShop({ settings: { SOUK_CARRIER_DISPATCH_AFTER: "24h" } });
});
after(() => running?.stop());

describe("journeys", { concurrency: 4 }, () => {
  describe("fulfilment", { concurrency: true }, () => fulfilment(shop));
  describe("payments", { concurrency: true }, () => payments(shop));
  describe("after the sale", { concurrency: true }, () => afterSale(shop));
  describe("customers", { concurrency: true }, () => customers(shop));
  describe("carts", { concurrency: true }, () => carts(shop));
  describe("promotions", { concurrency: true }, () => promotions(shop));
  describe("a history", () => history(shop));
});
describe("races", () => races(shop));
describe("souk demo", () => demo(shop));
describe("access", () => access(shop));
describe("the wire", { concurrency: true }, () => wire(shop));
describe("what the wire left", () => afterWire(shop));
describe("bad input", () => badInput(shop));
describe("what all of it left", () => aftermath(shop));
describe("outages", () => outages(shop));
describe("crashes", () => crashes(shop));
describe("souk verify", () => verifying(shop));
