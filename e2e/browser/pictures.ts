import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Browser, BrowserContextOptions } from "playwright-core";
import { startShop } from "../shop/running-shop.ts";
import { browserProgram, openBrowser } from "./chromium.ts";
import { guestPlaces } from "./pages.ts";
import { newShopper } from "./shopper.ts";

const folder = resolve(import.meta.dirname, "../../docs/pictures");
const quality = 0.86;
const desk = { width: 1360, height: 850 };
const phone = { width: 390, height: 844 };

/** What the shop's README shows, by the names of the pages. Each is as high as a window. */
const pictures = [
  { name: "home", colorScheme: "light" },
  { name: "category", colorScheme: "dark" },
  { name: "product", colorScheme: "light" },
  { name: "order", colorScheme: "light" },
] as const;
/** Side by side in one picture. */
const onPhones = ["home", "product", "checkout", "order"] as const;

/**
 * Takes the pictures that the README shows, and keeps them as WebP: `node e2e/browser/pictures.ts [ADDRESS]`. Without an address it starts a
 * shop of its own.
 */
async function takeAll(given: string | undefined): Promise<void> {
  const program = browserProgram();
  if (program === undefined) throw new Error("no Chromium was found; name one in SOUK_BROWSER");
  await mkdir(folder, { recursive: true });
  const shop = given === undefined ? await startShop({ sample: true }) : undefined;
  const address = given ?? shop?.address ?? "";
  const browser = await openBrowser(program);
  try {
    for (const colorScheme of ["light", "dark"] as const) {
      const wanted = pictures.filter((picture) => picture.colorScheme === colorScheme).map(({ name }) => name);
      const taken = await take(browser, address, wanted, { viewport: desk, colorScheme });
      for (const [name, png] of taken) await keep(browser, name, [png], desk.width);
    }
    const taken = await take(browser, address, onPhones, {
      viewport: phone,
      colorScheme: "light",
      deviceScaleFactor: 2,
    });
    await keep(browser, "phone", [...taken.values()], phone.width);
  } finally {
    await browser.close();
    await shop?.stop();
  }
}

/** Goes through the shop up to the last page that is wanted. */
async function take(
  browser: Browser,
  address: string,
  wanted: readonly string[],
  options: BrowserContextOptions,
): Promise<Map<string, Buffer>> {
  const shopper = await newShopper(browser, address, options);
  const taken = new Map<string, Buffer>();
  for (const { name, arrive } of guestPlaces) {
    if (taken.size === wanted.length) break;
    await arrive(shopper);
    if (!wanted.includes(name)) continue;
    await shopper.page.evaluate(() => scrollTo(0, 0));
    taken.set(name, await shopper.page.screenshot());
  }
  await shopper.context.close();
  return taken;
}

/** @param width of each, in CSS pixels */
async function keep(browser: Browser, name: string, pngs: readonly Buffer[], width: number): Promise<void> {
  const page = await browser.newPage();
  const webp = await page.evaluate(draw, {
    pngs: pngs.map((png) => `data:image/png;base64,${png.toString("base64")}`),
    width,
    quality,
  });
  await writeFile(join(folder, `${name}.webp`), Buffer.from(webp.slice(webp.indexOf(",") + 1), "base64"));
  await page.close();
}

/** In the browser, which can write WebP. */
async function draw(given: { pngs: readonly string[]; width: number; quality: number }): Promise<string> {
  const gap = 24;
  const images = await Promise.all(
    given.pngs.map(async (source) => {
      const image = new Image();
      image.src = source;
      await image.decode();
      return image;
    }),
  );
  const canvas = document.createElement("canvas");
  const scale = given.width / (images[0]?.naturalWidth ?? given.width);
  canvas.width = images.length * given.width + (images.length - 1) * gap;
  canvas.height = Math.round((images[0]?.naturalHeight ?? 0) * scale);
  const context = canvas.getContext("2d");
  if (!context) throw new Error("no canvas");
  context.imageSmoothingQuality = "high";
  for (const [place, image] of images.entries())
    context.drawImage(image, place * (given.width + gap), 0, given.width, canvas.height);
  return canvas.toDataURL("image/webp", given.quality);
}

await takeAll(process.argv[2]);
