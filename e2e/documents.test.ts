import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, beforeEach, describe, test } from "node:test";
import { runPage } from "./documents/run-page.ts";
import { type Shop, startShop } from "./shop/running-shop.ts";

/** In this order: what a page changes for everybody, taxes and shipping rates, is changed after the others were run. */
const pages = [
  "api",
  "catalogue",
  "inventory",
  "cart-and-checkout",
  "after-sale",
  "notifications",
  "accounts",
  "pricing",
  "shipping",
];

/** The pages' requests are sent to a new shop with the sample catalogue, and answered as the pages say. */
describe("documentation", () => {
  let shop: Shop | undefined;
  const names = new Map<string, string>();
  /** What a merchant runs, and the pages call `$hook`. */
  const receiver = createServer((request, response) => request.resume().once("end", () => response.end()));

  before(async () => {
    // Late enough to cancel before, however slow the machine is.
    shop = await startShop({ sample: true, singleProcess: true, settings: { SOUK_CARRIER_DISPATCH_AFTER: "8s" } });
    await new Promise<void>((listening) => receiver.listen(0, "127.0.0.1", listening));
    const { port } = receiver.address() as AddressInfo; // as: it listens on TCP
    names.set("shop", shop.address).set("hook", `http://127.0.0.1:${port}/hook`);
  });
  /** A token lives five minutes, which all the pages together may take. */
  beforeEach(async () => {
    if (!shop) throw new Error("the shop did not start");
    for (const role of ["support", "merchandiser", "operator"] as const) names.set(role, await shop.token(role));
    const { email, password } = await shop.admin();
    const body = { email, password };
    const { accessToken } = await shop.http.must<{ accessToken: string }>("POST", "/v1/auth/login", { body });
    names.set("admin", accessToken);
  });
  after(async () => {
    receiver.close();
    await shop?.stop();
  });

  for (const page of pages)
    test(`docs/${page}.md is answered as it says`, async (t) => {
      const count = await runPage(`docs/${page}.md`, names);
      t.diagnostic(`${count} requests`);
    });
});
