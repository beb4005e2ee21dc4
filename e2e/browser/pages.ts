import type { Page } from "playwright-core";
import { cards, paid, type Shopper } from "./shopper.ts";

/** A page to look at: its name, and how to come to it. */
export type Place = { readonly name: string; readonly arrive: (shopper: Shopper) => Promise<void> };

const settled = async (page: Page) => {
  await page.waitForLoadState("networkidle");
  await page.waitForFunction(() => document.querySelector(".skeleton") === null);
};
const at = (name: string, path: string): Place => ({
  name,
  async arrive({ page }) {
    await page.goto(path);
    await settled(page);
  },
});

const full = ["ribbed-stoneware-mug", "glass-storm-lantern", "merino-blanket"];

/** Every page of the shop, in an order in which each finds what it needs; first those of a guest. */
export const guestPlaces: readonly Place[] = [
  at("home", "/"),
  at("category", "/c/kitchen"),
  at("search", "/search?q=linen"),
  at("nothing-found", "/search?q=zzzzqqqq"),
  at("product", "/p/cross-back-apron"),
  at("cart-empty", "/cart"),
  {
    name: "cart",
    async arrive({ page, addToCart }) {
      for (const slug of full) await addToCart(slug);
      await page.goto("/cart");
      await settled(page);
    },
  },
  {
    name: "checkout",
    async arrive({ page, fillCheckout }) {
      await page.goto("/checkout");
      await settled(page);
      await fillCheckout("ada@shopper.example");
    },
  },
  {
    name: "checkout-declined",
    async arrive({ page, pay }) {
      await pay(cards.declined);
      await page.getByText("That did not work").waitFor();
    },
  },
  {
    name: "order",
    async arrive({ page, pay }) {
      await pay(cards.good);
      await paid(page);
    },
  },
  {
    name: "bank",
    async arrive({ page, addToCart, fillCheckout, pay }) {
      await addToCart("rose-water");
      await page.goto("/checkout");
      await settled(page);
      await fillCheckout("ada@shopper.example");
      await pay(cards.secure);
      await page.getByRole("dialog", { name: "Your bank asks" }).waitFor();
    },
  },
  at("sign-in", "/sign-in"),
  at("register", "/register"),
  at("reset", "/reset"),
  at("not-found", "/nothing/here"),
];

export const customerPlaces: readonly Place[] = [
  at("account", "/account"),
  at("returns", "/account/returns"),
  at("addresses", "/account/addresses"),
  at("security", "/account/security"),
  {
    name: "second-factor",
    async arrive({ page }) {
      await page.getByRole("button", { name: "Set up" }).click();
      await page.getByRole("img", { name: /QR code/ }).waitFor();
    },
  },
  at("privacy", "/account/privacy"),
];

/** Opens an account, and is in it then. */
export async function register({ page }: Shopper, email: string, password: string): Promise<void> {
  await page.goto("/register");
  await page.getByLabel("Name", { exact: true }).fill("Ada Shopper");
  await page.getByLabel("E-mail address").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Open account" }).click();
  await page.getByRole("heading", { name: "Orders" }).waitFor();
}
