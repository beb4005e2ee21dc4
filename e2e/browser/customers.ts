import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { register } from "./pages.ts";
import type { Running } from "./running.ts";
import { cards, newShopper } from "./shopper.ts";

export function customers(running: Running): void {
  test("what a guest put into the cart comes along at sign-in, and the order stands in the account", async (t) => {
    const { shop, browser } = running();
    const shopper = await newShopper(browser, shop.address);
    t.after(() => shopper.context.close());
    const { page, addToCart, fillCheckout, pay, complaints } = shopper;
    const email = `${randomUUID().slice(0, 8)}@shopper.example`;
    const password = randomUUID();
    await register(shopper, email, password);
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "Good things, made to be used." }).waitFor();

    await addToCart("raw-thyme-honey");
    await page.goto("/sign-in?to=/cart");
    await page.getByLabel("E-mail address").fill(email);
    await page.getByLabel("Password").fill(password);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("link", { name: "Raw thyme honey" }).waitFor();

    await page.goto("/checkout");
    await fillCheckout(email);
    await pay(cards.good);
    await page.getByRole("heading", { name: "Thank you. It is yours." }).waitFor();
    await page.goto("/account");
    await page.locator(".order-card").waitFor();
    assert.deepEqual(complaints, []);
  });

  test("no script can read a token, and another site's page cannot use the session", async (t) => {
    const { shop, browser } = running();
    const shopper = await newShopper(browser, shop.address);
    t.after(() => shopper.context.close());
    const { context, page, addToCart } = shopper;
    await addToCart("rose-water");
    await register(shopper, `${randomUUID().slice(0, 8)}@shopper.example`, randomUUID());
    const readable = await page.evaluate(() =>
      JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]),
    );
    const cookies = await context.cookies();
    assert.deepEqual(new Set(cookies.map(({ name }) => name)), new Set(["souk_access", "souk_refresh", "souk_holder"]));
    for (const { name, value, httpOnly, sameSite } of cookies) {
      assert.ok(httpOnly && sameSite === "Strict", name);
      assert.ok(!readable.includes(value), `${name} is where scripts can read it`);
    }
    const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join("; ");
    const foreign = { cookie, origin: "https://elsewhere.example", "sec-fetch-site": "cross-site" };
    assert.equal((await shop.http.call("GET", "/v1/users/me", { headers: foreign })).status, 401);
    assert.equal((await shop.http.call("DELETE", "/session", { headers: foreign })).status, 403);
    const own = { cookie, "sec-fetch-site": "same-origin" };
    assert.equal((await shop.http.call("GET", "/v1/users/me", { headers: own })).status, 200);
  });

  test("the page that was asked for comes after signing in", async (t) => {
    const { shop, browser } = running();
    const shopper = await newShopper(browser, shop.address);
    const { page } = shopper;
    t.after(() => shopper.context.close());
    await page.goto("/account/security");
    await page.waitForURL(/\/sign-in\?to=/);
    await page.getByRole("link", { name: "Open an account" }).click();
    await page.getByLabel("Name", { exact: true }).fill("Ada Shopper");
    await page.getByLabel("E-mail address").fill(`${randomUUID().slice(0, 8)}@shopper.example`);
    await page.getByLabel("Password").fill(randomUUID());
    await page.getByRole("button", { name: "Open account" }).click();
    await page.getByRole("heading", { level: 1, name: "Security" }).waitFor();
  });
}
