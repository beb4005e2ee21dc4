import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { customerPlaces, guestPlaces } from "./pages.ts";
import type { Running } from "./running.ts";
import { newShopper } from "./shopper.ts";

const axeFile = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

/** What axe finds wrong, in its words. It is put in from outside, past the page's own security policy. */
async function findings(page: Page): Promise<string[]> {
  const session = await page.context().newCDPSession(page);
  await session.send("Runtime.evaluate", { expression: await readFile(axeFile, "utf8") });
  const { result } = await session.send("Runtime.evaluate", {
    expression: `axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) =>
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

export function accessibility(running: Running): void {
  for (const colorScheme of ["light", "dark"] as const)
    test(`axe finds nothing on any page, ${colorScheme}`, { timeout: 180_000 }, async (t) => {
      const { shop, browser } = running();
      const shopper = await newShopper(browser, shop.address, { colorScheme });
      t.after(() => shopper.context.close());
      const { page } = shopper;
      const found: string[] = [];
      const look = async (name: string) => found.push(...(await findings(page)).map((what) => `${name}: ${what}`));
      for (const { name, arrive } of guestPlaces) {
        await arrive(shopper);
        await look(name);
      }
      await page.goto("/register");
      await page.getByLabel("Name", { exact: true }).fill("Ada Shopper");
      await page.getByLabel("E-mail address").fill(`${randomUUID().slice(0, 8)}@shopper.example`);
      await page.getByLabel("Password").fill(randomUUID());
      await page.getByRole("button", { name: "Open account" }).click();
      await page.getByRole("heading", { name: "Orders" }).waitFor();
      for (const { name, arrive } of customerPlaces) {
        await arrive(shopper);
        await look(name);
      }
      assert.deepEqual(found, []);
    });

  for (const width of [320, 768, 3840])
    test(`no page is wider than a screen of ${width} pixels`, { timeout: 120_000 }, async (t) => {
      const { shop, browser } = running();
      const shopper = await newShopper(browser, shop.address, { viewport: { width, height: 800 } });
      t.after(() => shopper.context.close());
      const wide: string[] = [];
      for (const { name, arrive } of guestPlaces) {
        await arrive(shopper);
        const pixels = await overflow(shopper.page);
        if (pixels > 0) wide.push(`${name}: ${pixels} px`);
      }
      assert.deepEqual(wide, []);
    });
}
