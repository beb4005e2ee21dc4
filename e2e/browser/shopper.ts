import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { eventually } from "../shop/client.ts";

export const cards = {
  good: "4242 4242 4242 4242",
  declined: "4000 0000 0000 0002",
  secure: "4000 0025 0000 3155",
} as const;

export type Shopper = {
  readonly context: BrowserContext;
  readonly page: Page;
  /** What went wrong that nobody would have seen: errors of scripts, refusals of the security policy. */
  readonly complaints: string[];
  /** Addresses outside the shop that the page asked for. */
  readonly strangers: string[];
  readonly go: (path: string) => Promise<void>;
  readonly addToCart: (slug: string) => Promise<void>;
  readonly fillCheckout: (email: string) => Promise<void>;
  readonly pay: (card: string) => Promise<void>;
};

/** Somebody in front of a browser that knows nothing yet. */
export async function newShopper(
  browser: Browser,
  address: string,
  options: BrowserContextOptions = {},
): Promise<Shopper> {
  const context = await browser.newContext({
    baseURL: address,
    locale: "en-IE",
    viewport: { width: 1280, height: 800 },
    reducedMotion: "reduce",
    ...options,
  });
  // A person would long have given up; a machine that is busy with other things has not.
  context.setDefaultTimeout(90_000);
  const page = await context.newPage();
  const complaints: string[] = [];
  const strangers: string[] = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    // A refused request is told in the console as well; the page says it better.
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource"))
      complaints.push(message.text());
  });
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (["http:", "https:"].includes(url.protocol) && url.origin !== address) strangers.push(request.url());
  });
  return {
    context,
    page,
    complaints,
    strangers,
    async go(path) {
      await page.goto(path);
    },
    async addToCart(slug) {
      await page.goto(`/p/${slug}`);
      const answered = page.waitForResponse((response) => response.url().includes("/items/"));
      // On a telephone there is another at the lower edge while this one is off the screen.
      await page.getByRole("button", { name: "Add to cart" }).first().click();
      await answered;
    },
    async fillCheckout(email) {
      // An account's own address may be put there between the two steps of which filling consists: seen, and typed over, as by a person.
      const contact = page.getByLabel("E-mail address");
      await eventually("the e-mail address is what was typed", async () => {
        await contact.fill(email);
        return (await contact.inputValue()) === email;
      });
      await page.getByLabel("Full name").fill("Ada Shopper");
      await page.getByLabel("Country").selectOption("DE");
      await page.getByLabel("Street and number").fill("Marktplatz 1");
      await page.getByLabel("Postal code").fill("10115");
      await page.getByLabel("Town").fill("Berlin");
    },
    async pay(card) {
      await page.getByRole("button", { name: card }).click();
      await page.getByRole("button", { name: /^Pay / }).click();
    },
  };
}

/**
 * Waits until the order's page says that it is paid. The headline may say more by then: the parcels of this shop are quick.
 * @throws Error with what the page says instead
 */
export async function paid(page: Page): Promise<void> {
  try {
    await page.getByText("Paid and confirmed").waitFor();
  } catch (cause) {
    throw new Error(`${page.url()} does not say that it is paid, but:\n${await page.locator("main").innerText()}`, {
      cause,
    });
  }
}
