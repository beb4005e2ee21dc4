import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { test } from "node:test";
import { eventually } from "../shop/client.ts";
import { codeOf } from "./authenticator.ts";
import { register } from "./pages.ts";
import type { Running } from "./running.ts";
import { cards, newShopper, paid } from "./shopper.ts";

type Given = {
  readonly id: string;
  readonly number: string;
  readonly lines: readonly { readonly sku: string; readonly quantity: number }[];
};

export function customers(running: Running): void {
  test("what a guest put into the cart comes along at sign-in, and the order stands in the account", async (t) => {
    const { shop, browser } = running();
    const shopper = await newShopper(browser, shop.address);
    t.after(() => shopper.context.close());
    const { page, addToCart, fillCheckout, pay, complaints } = shopper;
    const email = `${randomUUID().slice(0, 8)}@shopper.example`;
    const password = randomUUID();
    await register(shopper, email, password);
    await addToCart("raw-thyme-honey");
    await page.goto("/account");
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "Good things, made to be used." }).waitFor();

    await addToCart("raw-thyme-honey");
    await addToCart("raw-thyme-honey");
    await addToCart("rose-water");
    await page.goto("/sign-in?to=/cart");
    await page.getByLabel("E-mail address").fill(email);
    await page.getByLabel("Password").fill(password);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("link", { name: "Rose water" }).waitFor();
    assert.equal(await page.getByRole("textbox", { name: "Quantity of Raw thyme honey" }).inputValue(), "2");

    await page.goto("/checkout");
    await fillCheckout(email);
    await pay(cards.good);
    await paid(page);
    await page.goto("/account");
    await page.locator(".order-card").waitFor();

    // The address was kept, and is offered next time.
    await addToCart("rose-water");
    await page.goto("/checkout");
    await page.getByRole("radio", { name: /Ada Shopper.*Marktplatz 1/ }).waitFor();
    await page.waitForFunction(
      (own) => document.querySelector<HTMLInputElement>("input[type=email]")?.value === own,
      email,
    );
    await page.getByLabel("The invoice goes to another address").check();
    const invoice = page.getByRole("group", { name: "Invoice address" });
    assert.equal(await invoice.getByLabel("Country").inputValue(), "DE");
    await invoice.getByLabel("Full name").fill("Ada's Office");
    await invoice.getByLabel("Street and number").fill("Hauptstrasse 2");
    await invoice.getByLabel("Postal code").fill("10117");
    await invoice.getByLabel("Town").fill("Berlin");
    await pay(cards.good);
    await paid(page);
    await page.getByText("Hauptstrasse 2").waitFor();
    assert.deepEqual(complaints, []);
  });

  test("what has arrived goes back, and the money comes back when it has", async (t) => {
    const { shop, browser } = running();
    const shopper = await newShopper(browser, shop.address);
    t.after(() => shopper.context.close());
    const { page, addToCart, fillCheckout, pay, complaints } = shopper;
    const email = `${randomUUID().slice(0, 8)}@shopper.example`;
    await register(shopper, email, randomUUID());
    await addToCart("rose-water");
    await page.goto("/checkout");
    await fillCheckout(email);
    await pay(cards.good);
    await page.getByRole("heading", { name: "Delivered. Enjoy it." }).waitFor();
    await page.getByRole("button", { name: "Send something back" }).click();
    await page.getByRole("button", { name: "One more of Rose water" }).click();
    await page.getByLabel("Reason").selectOption("damaged");
    const asked = page.waitForResponse((response) => response.url().endsWith("/returns"));
    await page.getByRole("button", { name: "Ask to return" }).click();
    const { return: given } = (await (await asked).json()) as { return: Given };
    await page.getByText("You asked to send something back.").first().waitFor();
    await page.goto("/account/returns");
    await page.getByRole("heading", { name: given.number }).waitFor();

    const token = await shop.token("support");
    await shop.http.must("POST", `/v1/returns/${given.id}/approve`, { token });
    const lines = given.lines.map(({ sku, quantity }) => ({ sku, quantity, condition: "sellable" }));
    await shop.http.must("POST", `/v1/returns/${given.id}/receive`, { token, body: { lines } });
    await eventually("the money", async () => {
      await page.reload();
      await page.getByRole("heading", { name: given.number }).waitFor();
      return page.getByText("was given back to your card.").isVisible();
    });
    assert.deepEqual(complaints, []);
  });

  test("a guest sends something back from the page of the order, and sees the label come", async (t) => {
    const { shop, browser } = running();
    const { context, page, addToCart, fillCheckout, pay, complaints } = await newShopper(browser, shop.address);
    t.after(() => context.close());
    await addToCart("raw-thyme-honey");
    await page.goto("/checkout");
    await fillCheckout(`${randomUUID().slice(0, 8)}@shopper.example`);
    await pay(cards.good);
    await page.getByRole("button", { name: "Send something back" }).click();
    await page.getByRole("button", { name: "One more of Raw thyme honey" }).click();
    const asked = page.waitForResponse((response) => response.url().endsWith("/returns"));
    await page.getByRole("button", { name: "Ask to return" }).click();
    const { return: given } = (await (await asked).json()) as { return: Given };
    await page.getByRole("heading", { name: given.number }).waitFor();

    const token = await shop.token("support");
    await shop.http.must("POST", `/v1/returns/${given.id}/approve`, { token });
    // Without touching anything: the page follows the order again.
    const label = await page.getByRole("link", { name: "Print the label" }).getAttribute("href");
    assert.match((await shop.http.call("GET", label ?? "")).text, /Barcode/);
    const lines = given.lines.map(({ sku, quantity }) => ({ sku, quantity, condition: "sellable" }));
    await shop.http.must("POST", `/v1/returns/${given.id}/receive`, { token, body: { lines } });
    await page.getByText("was given back to your card.").first().waitFor();
    assert.deepEqual(complaints, []);
  });

  test("whoever turned on the second step is asked for a code at sign-in", async (t) => {
    const { shop, browser } = running();
    const shopper = await newShopper(browser, shop.address);
    t.after(() => shopper.context.close());
    const { page, complaints } = shopper;
    const email = `${randomUUID().slice(0, 8)}@shopper.example`;
    const password = randomUUID();
    await register(shopper, email, password);
    await page.getByText(`Is ${email} your address?`).waitFor();
    await page.goto("/account/security");
    await page.getByRole("button", { name: "Set up" }).click();
    await page.getByRole("img", { name: /QR code/ }).waitFor();
    const secret = (await page.locator(".factor-key code").innerText()).replaceAll(" ", "");
    await page.getByRole("textbox", { name: "Code" }).fill(codeOf(secret, Date.now()));
    await page.getByRole("button", { name: "Turn on" }).click();
    const recovery = await page.locator(".recovery-codes li").first().innerText();
    await page.getByRole("button", { name: "I have kept them" }).click();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "Good things, made to be used." }).waitFor();
    await page.goto("/sign-in");
    await page.getByLabel("E-mail address").fill(email);
    await page.getByLabel("Password").fill(password);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("textbox", { name: "Code" }).fill(recovery);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("heading", { name: "Orders" }).waitFor();
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
