import { after, before, describe } from "node:test";
import { type Shop, startShop } from "./shop/running-shop.ts";
import { capturing, manualCapture } from "./suites/manual-capture.ts";
import { stripe } from "./suites/stripe.ts";

/** A shop that is set up otherwise than `shop.test.ts` has it: money is taken parcel by parcel, and then by another provider. */
let running: Shop | undefined;
const shop = (): Shop => {
  if (!running) throw new Error("the shop did not start");
  return running;
};
before(async () => {
  running = await startShop({ singleProcess: true, settings: manualCapture });
});
after(() => running?.stop());

describe("money that is taken parcel by parcel", () => capturing(shop));
describe("Stripe instead of the simulator", () => stripe(shop));
