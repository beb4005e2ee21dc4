import { randomUUID } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { startShop } from "../shop/running-shop.ts";
import { browserProgram, openBrowser } from "./chromium.ts";
import { customerPlaces, guestPlaces, register } from "./pages.ts";
import { newShopper } from "./shopper.ts";

/**
 * Takes a picture of every page, light and dark, on a desk and on a telephone: `node e2e/browser/screenshots.ts FOLDER [ADDRESS]`.
 * Without an address it starts a shop of its own.
 */
async function takeAll(folder: string, given: string | undefined): Promise<void> {
  const program = browserProgram();
  if (program === undefined) throw new Error("no Chromium was found; name one in SOUK_BROWSER");
  await mkdir(folder, { recursive: true });
  const shop = given === undefined ? await startShop({ sample: true }) : undefined;
  const browser = await openBrowser(program);
  const sizes = { desktop: { width: 1360, height: 850 }, phone: { width: 390, height: 844 } };
  try {
    for (const [device, viewport] of Object.entries(sizes))
      for (const colorScheme of ["light", "dark"] as const) {
        const options = { viewport, colorScheme, deviceScaleFactor: device === "phone" ? 2 : 1 };
        const shopper = await newShopper(browser, given ?? shop?.address ?? "", options);
        const { page, context } = shopper;
        const take = async (name: string) => {
          // What stays at the edge of the window would be in the middle of the picture.
          await page.evaluate(() => scrollTo(0, 0));
          await page.screenshot({ path: join(folder, `${name}-${device}-${colorScheme}.png`), fullPage: true });
        };
        for (const { name, arrive } of guestPlaces) {
          await arrive(shopper);
          await take(name);
        }
        await register(shopper, `${randomUUID().slice(0, 8)}@shopper.example`, randomUUID());
        for (const { name, arrive } of customerPlaces) {
          await arrive(shopper);
          await take(name);
        }
        await context.close();
      }
  } finally {
    await browser.close();
    await shop?.stop();
  }
}

const [, , folder, address] = process.argv;
if (folder === undefined) throw new Error("say where to: node e2e/browser/screenshots.ts FOLDER [ADDRESS]");
await takeAll(folder, address);
