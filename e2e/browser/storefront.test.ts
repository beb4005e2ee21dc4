import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Browser } from "playwright-core";
import { type Shop, startShop } from "../shop/running-shop.ts";
import { accessibility } from "./accessibility.ts";
import { budgets } from "./budgets.ts";
import { buying } from "./buying.ts";
import { browserProgram, openBrowser } from "./chromium.ts";
import { customers } from "./customers.ts";
import { failing } from "./failing.ts";

const program = browserProgram();
const missing =
  "No Chromium was found, so the storefront was not tested in a browser. Install one (Debian: apt install chromium), or name it in SOUK_BROWSER.";

if (program === undefined)
  test("the storefront in a browser", { skip: process.env["CI"] ? false : missing }, () => assert.fail(missing));
else
  describe("the storefront in a browser", () => {
    let shop: Shop | undefined;
    let browser: Browser | undefined;
    before(async () => {
      [shop, browser] = await Promise.all([startShop({ sample: true }), openBrowser(program)]);
    });
    after(async () => {
      await browser?.close();
      await shop?.stop();
    });
    const running = () => {
      if (!shop || !browser) throw new Error("the shop or the browser did not start");
      return { shop, browser };
    };
    describe("speed", () => budgets(running));
    // Each waits for the shop more than it works.
    describe("journeys", { concurrency: true }, () => {
      describe("buying", { concurrency: false }, () => buying(running));
      describe("customers", { concurrency: false }, () => customers(running));
      describe("everybody", { concurrency: false }, () => accessibility(running));
    });
    describe("failures", () => failing(running));
  });
