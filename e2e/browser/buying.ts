import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { eventually } from "../shop/client.ts";
import type { Running } from "./running.ts";
import { cards, newShopper, paid } from "./shopper.ts";

/** How long news of what was put into the cart can be seen. */
const shownMs = 5_000;
const mail = () => `${randomUUID().slice(0, 8)}@shopper.example`;

export function buying(running: Running): void {
  test("a guest finds a mug, chooses a colour, buys it and sees it confirmed live", async (t) => {
    const { shop, browser } = running();
    const { context, page, complaints, strangers, fillCheckout } = await newShopper(browser, shop.address);
    t.after(() => context.close());
    const checkouts: string[] = [];
    page.on("request", (request) => {
      if (request.url().endsWith("/checkout") && request.method() === "POST")
        checkouts.push(request.headers()["idempotency-key"] ?? "");
    });

    await page.goto("/");
    await page.getByRole("combobox", { name: "Search the shop" }).fill("ribbed mu");
    await page.getByRole("option", { name: /Ribbed stoneware mug/ }).waitFor();
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/search\?q=ribbed/);
    await page.getByRole("link", { name: "Ribbed stoneware mug" }).click();
    await page.getByRole("heading", { level: 1, name: "Ribbed stoneware mug" }).waitFor();
    await page.getByText("moss", { exact: true }).click();
    await page.waitForURL(/v=MUG-RIB-MOSS/);
    await page.getByRole("button", { name: "One more" }).click();
    await page.getByRole("button", { name: "Add to cart" }).click();
    const news = page.getByRole("button", { name: "View cart" }).click({ timeout: shownMs });
    // On a busy machine it may be gone again before it could be pressed.
    await news.catch(() => page.getByRole("link", { name: "Cart, 2 items" }).click());

    await page.getByRole("heading", { level: 1, name: "Cart" }).waitFor();
    await eventually("there are two", async () => {
      const quantity = page.getByRole("textbox", { name: /Quantity of/ });
      return (await quantity.inputValue()) === "2";
    });
    await page.getByText("€32.00").first().waitFor();
    await page.getByRole("link", { name: "Check out" }).click();
    await fillCheckout(mail());
    await page.getByRole("button", { name: cards.good }).click();
    await page.getByRole("button", { name: /^Pay €36\.90/ }).dblclick();

    await page.waitForURL(/\/orders\//);
    await paid(page);
    assert.equal(checkouts.length, 1, "two presses are one order");
    // The carrier of this shop is quick: what happens is seen without touching anything.
    await page.getByText("Parcel on its way").waitFor();
    await page.getByRole("heading", { name: "Delivered. Enjoy it." }).waitFor();
    await page.reload();
    await page.getByRole("heading", { name: "Delivered. Enjoy it." }).waitFor();
    assert.deepEqual([complaints, strangers], [[], []]);
  });

  test("a declined card leaves everything in place for another one", async (t) => {
    const { shop, browser } = running();
    const { context, page, addToCart, fillCheckout, pay, complaints } = await newShopper(browser, shop.address);
    t.after(() => context.close());
    await addToCart("iron-gall-ink");
    await page.goto("/checkout");
    await fillCheckout(mail());
    await pay(cards.declined);
    await page.getByText("The card was refused and nothing was charged.").waitFor();
    assert.equal(await page.getByLabel("Street and number").inputValue(), "Marktplatz 1");
    await pay(cards.good);
    await paid(page);
    assert.deepEqual(complaints, []);
  });

  test("the bank asks, and what is answered there decides: yes is an order, no leaves everything in place", async (t) => {
    const { shop, browser } = running();
    const { context, page, addToCart, fillCheckout, pay, complaints } = await newShopper(browser, shop.address);
    t.after(() => context.close());
    const order = async () => {
      await page.goto("/checkout");
      await fillCheckout(mail());
      await pay(cards.secure);
      await page.waitForURL(/\/orders\//);
      await page.getByRole("dialog", { name: "Your bank asks" }).waitFor();
    };
    await addToCart("rose-water");
    await order();
    await page.getByRole("button", { name: "No, refuse" }).click();
    await page.getByRole("heading", { name: "The order could not be filled" }).waitFor();
    await page.getByRole("button", { name: "Put it all back into the cart" }).click();
    await page.getByRole("heading", { level: 1, name: "Cart" }).waitFor();
    await page.getByRole("link", { name: "Rose water" }).waitFor();

    await order();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Answer" }).click();
    await page.keyboard.press("Escape");
    await page.reload();
    await page.getByRole("button", { name: "Yes, it is me" }).click();
    await paid(page);
    assert.deepEqual(complaints, []);
  });

  test("an answer that arrives late takes nothing back that the shopper was told since", async (t) => {
    const { shop, browser } = running();
    const { context, page, addToCart, fillCheckout, pay, complaints } = await newShopper(browser, shop.address);
    t.after(() => context.close());
    await addToCart("rose-water");
    await page.goto("/checkout");
    await fillCheckout(mail());
    await pay(cards.secure);
    await page.getByRole("dialog", { name: "Your bank asks" }).waitFor();
    const path = `/v1${new URL(page.url()).pathname}`;
    const before = await page.evaluate(async (url) => (await fetch(url)).text(), path);
    // Whatever the page asks about the order from now on is answered as things stand here, and only when all is over.
    const told = Promise.withResolvers<void>();
    await page.route(`**${path}`, async (route) => {
      await told.promise;
      await route.fulfill({ contentType: "application/json", body: before });
    });
    await page.getByRole("button", { name: "Yes, it is me" }).click();
    await page.getByRole("heading", { name: "Delivered. Enjoy it." }).waitFor();
    const answered = page.waitForResponse(`**${path}`);
    told.resolve();
    await (await answered).finished();
    await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
    assert.ok(await page.getByRole("heading", { name: "Delivered. Enjoy it." }).isVisible());
    assert.deepEqual(complaints, []);
  });

  test("a coupon takes off what it says, and what was shown is what is paid", async (t) => {
    const { shop, browser } = running();
    const { context, page, addToCart, fillCheckout, complaints } = await newShopper(browser, shop.address);
    t.after(() => context.close());
    const code = `TENTH-${randomUUID().slice(0, 8)}`.toUpperCase();
    await shop.http.must("POST", "/v1/promotions", {
      token: await shop.token("merchandiser"),
      body: { name: "A tenth off", code, effect: { kind: "percentage", of: "order", percent: 10 } },
    });
    await addToCart("iron-gall-ink");
    await page.goto("/cart");
    await page.getByLabel("Coupon").fill("NO-SUCH-COUPON");
    await page.getByRole("button", { name: "Apply" }).click();
    await page.locator(".coupon .field-error").waitFor();
    await eventually("the coupon", async () => {
      await page.getByLabel("Coupon").fill(code);
      const answered = page.waitForResponse((response) => response.url().endsWith("/coupon"));
      await page.getByRole("button", { name: "Apply" }).click();
      return (await answered).ok();
    });
    await page.getByText("The coupon counts.").waitFor();
    await page.getByText("−€1.45").waitFor();
    await page.getByRole("link", { name: "Check out" }).click();
    await fillCheckout(mail());
    await page.getByRole("button", { name: cards.good }).click();
    // 14.50 less a tenth, and 4.90 for the parcel.
    await page.getByRole("button", { name: "Pay €17.95" }).click();
    await paid(page);
    await page.getByText("A tenth off").waitFor();
    await page.getByText("€17.95").first().waitFor();
    assert.deepEqual(complaints, []);
  });

  test("what sells out during the checkout is said, not charged, and still in the cart", async (t) => {
    const { shop, browser } = running();
    const { context, page, addToCart, fillCheckout, pay } = await newShopper(browser, shop.address);
    t.after(() => context.close());
    await addToCart("quilt-hand-stitched");
    await page.goto("/checkout");
    await fillCheckout(mail());
    await page.getByText("€15").first().waitFor();
    const sku = "QUILT-HAND-INDIGO";
    const { available } = await shop.http.must<{ available: number }>("GET", `/v1/inventory/${sku}`, {
      token: await shop.token("operator"),
    });
    await shop.http.must("POST", `/v1/inventory/${sku}/adjustments`, {
      token: await shop.token("operator"),
      key: randomUUID(),
      body: { quantity: -available, reason: "sold over the counter" },
    });
    await pay(cards.good);
    await page.getByText("Somebody was faster").waitFor();
    await page.getByRole("link", { name: "Look at the cart" }).click();
    await page.getByText("There is less of Quilt, hand-stitched in stock than you want.").waitFor();
  });

  test("the cart answers at once, and takes back what was refused", async (t) => {
    const { shop, browser } = running();
    const { context, page, addToCart } = await newShopper(browser, shop.address);
    t.after(() => context.close());
    await addToCart("saffron-threads");
    await page.goto("/cart");
    await page.getByRole("textbox", { name: /Quantity of/ }).waitFor();
    await page.route("**/items/**", (route) =>
      route.fulfill({
        status: 404,
        contentType: "application/problem+json",
        body: JSON.stringify({ error: { code: "orders.unknown_sku", message: "gone" } }),
      }),
    );
    await page.getByRole("button", { name: /One more of/ }).click();
    await page.getByText("This is not on sale any more.").waitFor();
    await page.waitForFunction(() => document.querySelector<HTMLInputElement>(".stepper input")?.value === "1");
  });

  test("somebody who reads German shops in German, and pays in pounds if that is wished", async (t) => {
    const { shop, browser } = running();
    const { context, page, complaints } = await newShopper(browser, shop.address, { locale: "de-DE" });
    t.after(() => context.close());
    await page.goto("/p/iron-gall-ink");
    await page.getByText("14,50 €").waitFor();
    await page.getByRole("button", { name: "In den Warenkorb" }).waitFor();
    assert.equal(await page.locator("html").getAttribute("lang"), "de");
    await page.getByLabel("Währung").selectOption("GBP");
    await page.getByText(/12,\d\d\s£/).waitFor();
    await page.getByLabel("Sprache").selectOption("en");
    await page.getByRole("button", { name: "Add to cart" }).waitFor();
    assert.deepEqual(complaints, []);
  });

  test("everything can be done with the keyboard", async (t) => {
    const { shop, browser } = running();
    const { context, page } = await newShopper(browser, shop.address);
    t.after(() => context.close());
    await page.goto("/");
    await page.getByRole("heading", { name: "Good things, made to be used." }).waitFor();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => document.activeElement?.id === "main");
    await page.setViewportSize({ width: 390, height: 844 });
    await page.getByRole("button", { name: "Menu" }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog", { name: "Menu" }).waitFor();
    await page.keyboard.press("Escape");
    await page.waitForFunction(() => document.activeElement?.getAttribute("aria-label") === "Menu");
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.getByRole("combobox", { name: "Search the shop" }).focus();
    await page.keyboard.type("fountain");
    await page.getByRole("option").first().waitFor();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/(p|search|c)\b/);
    await page.goto("/p/brass-fountain-pen");
    await page.getByRole("radio", { name: /fine/i }).focus();
    await page.keyboard.press("ArrowRight");
    await page.waitForURL(/v=PEN-BRASS-M/);
    await page.getByRole("button", { name: "Add to cart" }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("link", { name: "Cart, 1 item" }).waitFor();
  });
}
