import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { customerPlaces, guestPlaces, type Place, register } from "./pages.ts";
import type { Running } from "./running.ts";
import { newShopper, type Shopper } from "./shopper.ts";

const axeFile = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

/** What axe finds wrong, in its words. It is put in from outside, past the page's own security policy. @param rules all when none is named */
async function findings(page: Page, rules: readonly string[] = []): Promise<string[]> {
  const session = await page.context().newCDPSession(page);
  await session.send("Runtime.evaluate", { expression: await readFile(axeFile, "utf8") });
  const options = { resultTypes: ["violations"], ...(rules.length > 0 && { runOnly: rules }) };
  const { result } = await session.send("Runtime.evaluate", {
    expression: `axe.run(document, ${JSON.stringify(options)}).then(({ violations }) =>
      violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => id + " " + target + ": " + failureSummary)))`,
    awaitPromise: true,
    returnByValue: true,
  });
  await session.detach();
  return result.value as string[]; // as: the expression above makes it
}

/** How far the page is wider than what is shown of it, in CSS pixels. */
const overflow = (page: Page): Promise<number> =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

const desk = { width: 1280, height: 800 };
const telephone = 320;
/** From the smallest telephone to 4K. */
const widths = [telephone, 768, 3840];

/** Everything that is wrong with the page that is open: for screen readers, in the dark, on small and large screens. */
async function look({ page }: Shopper): Promise<string[]> {
  const found = await findings(page);
  await page.emulateMedia({ colorScheme: "dark" });
  // Colours fade into each other, if only for an instant.
  await page.evaluate(async () => {
    await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
    const ending = document
      .getAnimations()
      .filter(({ effect }) => effect?.getTiming().iterations !== Number.POSITIVE_INFINITY);
    await Promise.allSettled(ending.map(({ finished }) => finished));
  });
  found.push(...(await findings(page, ["color-contrast"])).map((what) => `in the dark: ${what}`));
  await page.emulateMedia({ colorScheme: "light" });
  for (const width of widths) {
    await page.setViewportSize({ width, height: desk.height });
    const pixels = await overflow(page);
    if (pixels > 0) found.push(`${pixels} px wider than a screen of ${width} px`);
    if (width === telephone) found.push(...(await findings(page)).map((what) => `on a telephone: ${what}`));
  }
  await page.setViewportSize(desk);
  return found;
}

/** What only a telephone has: the menu and the filters lie over the page. */
async function lookAtDrawers({ page }: Shopper): Promise<string[]> {
  const found: string[] = [];
  await page.setViewportSize({ width: telephone, height: desk.height });
  await page.goto("/c/kitchen");
  await page.locator(".product-card").first().waitFor();
  for (const name of ["Menu", "Filter"]) {
    await page.getByRole("button", { name }).click();
    await page.getByRole("dialog", { name }).waitFor();
    found.push(...(await findings(page)).map((what) => `${name}: ${what}`));
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
  }
  await page.setViewportSize(desk);
  return found;
}

export function accessibility(running: Running): void {
  test("axe finds nothing on any page, in either theme, and each fits every screen", {
    timeout: 1_800_000,
  }, async (t) => {
    const { shop, browser } = running();
    const shopper = await newShopper(browser, shop.address, { colorScheme: "light", viewport: desk });
    t.after(() => shopper.context.close());
    const found: string[] = [];
    const visit = async (places: readonly Place[]) => {
      for (const { name, arrive } of places) {
        await arrive(shopper);
        found.push(...(await look(shopper)).map((what) => `${name}: ${what}`));
      }
    };
    await visit(guestPlaces);
    found.push(...(await lookAtDrawers(shopper)));
    await register(shopper, `${randomUUID().slice(0, 8)}@shopper.example`, randomUUID());
    await visit(customerPlaces);
    assert.deepEqual(found, []);
  });
}
