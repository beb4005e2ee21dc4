import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import type { Route } from "playwright-core";
import { eventually } from "../shop/client.ts";
import type { Running } from "./running.ts";
import { cards, newShopper, paid } from "./shopper.ts";

export function failing(running: Running): void {
  test("orders is killed while somebody shops, and the order arrives all the same, once", async (t) => {
    const { shop, browser } = running();
    const { context, page, addToCart, fillCheckout } = await newShopper(browser, shop.address);
    t.after(() => context.close());
    await addToCart("market-spice-blend");
    await page.goto("/checkout");
    await fillCheckout(`${randomUUID().slice(0, 8)}@shopper.example`);
    await page.getByRole("button", { name: cards.good }).click();
    const orders = (await shop.status()).find(({ name }) => name === "orders");
    assert.ok(orders?.pid);
    process.kill(orders.pid, "SIGKILL");
    await page.getByRole("button", { name: /^Pay / }).click();
    // It answers again within seconds. Until then the page says so, and whoever tries again orders once.
    const again = page.getByRole("button", { name: /^Try again, / });
    await eventually(
      "the order",
      async () => {
        if (/\/orders\//.test(page.url())) return true;
        if (await again.isVisible()) await again.click();
        return false;
      },
      180_000,
    );
    await paid(page);
  });

  test("what is on the screen stays when the shop stops answering, and goes on by itself", async (t) => {
    const { shop, browser } = running();
    const { context, page, complaints } = await newShopper(browser, shop.address);
    t.after(() => context.close());
    await page.goto("/c/pantry");
    await page.locator(".product-card").first().waitFor();
    const shown = await page.locator(".product-card-title").allInnerTexts();
    await page.route("**/v1/**", (route) => route.abort("connectionrefused"));
    await page.getByRole("checkbox", { name: "In stock" }).first().check();
    await page.getByText("The shop is not answering right now.").waitFor();
    assert.deepEqual(await page.locator(".product-card-title").allInnerTexts(), shown);
    await page.unroute("**/v1/**");
    await page.getByRole("checkbox", { name: "In stock" }).first().uncheck();
    await page.getByText("The shop is not answering right now.").waitFor({ state: "detached" });
    assert.deepEqual(complaints, []);
  });

  test("a page whose part of the program cannot be fetched leaves the one before it, and comes when it can", async (t) => {
    const { shop, browser } = running();
    const { context, page } = await newShopper(browser, shop.address);
    t.after(() => context.close());
    await page.goto("/");
    await page.getByRole("heading", { name: "Good things, made to be used." }).waitFor();
    await context.setOffline(true);
    await page.getByRole("link", { name: "Garden" }).first().click();
    await page.getByText("The shop is not answering right now.").waitFor();
    await page.getByRole("heading", { name: "Good things, made to be used." }).waitFor();
    await context.setOffline(false);
    await page.getByRole("heading", { level: 1, name: "Garden" }).waitFor();
    await page.locator(".product-card").first().waitFor();
  });

  test("whoever comes while the program is only there in part is told, and sees the page when it can be had", async (t) => {
    const { shop, browser } = running();
    const { context, page } = await newShopper(browser, shop.address);
    t.after(() => context.close());
    const away = (route: Route) => route.abort("connectionrefused");
    await page.route(/\/assets\/product-/, away);
    await page.route(`${shop.address}/`, away);
    await page.goto("/p/rose-water");
    await page.getByText("The shop is not answering right now.").waitFor();
    await page.unrouteAll();
    await page.getByRole("heading", { level: 1, name: "Rose water" }).waitFor();
  });

  test("a page that could not be fetched says so, and comes when it is asked for again", async (t) => {
    const { shop, browser } = running();
    const { context, page } = await newShopper(browser, shop.address);
    t.after(() => context.close());
    await page.route("**/v1/products/**", (route) => route.fulfill({ status: 503, body: "away" }));
    await page.goto("/p/rose-water");
    await page.getByRole("heading", { name: "The shop is not answering" }).waitFor();
    await page.unroute("**/v1/products/**");
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByRole("heading", { level: 1, name: "Rose water" }).waitFor();
  });

  test("an address where nothing is says so, to programs as well", async (t) => {
    const { shop, browser } = running();
    const { context, page } = await newShopper(browser, shop.address);
    t.after(() => context.close());
    const response = await page.goto("/nothing/here");
    assert.equal(response?.status(), 404);
    await page.getByRole("heading", { name: "There is nothing here" }).waitFor();
    const gone = await page.goto("/p/never-was");
    assert.equal(gone?.status(), 200);
    await page.getByRole("heading", { name: "There is nothing here" }).waitFor();
  });
}
