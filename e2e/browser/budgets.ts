import assert from "node:assert/strict";
import { cpus } from "node:os";
import { test } from "node:test";
import type { Page } from "playwright-core";
import type { Running } from "./running.ts";
import { newShopper } from "./shopper.ts";

/** Of the first page that somebody sees who was never here; compressed, as it goes over the wire. */
const scriptBytes = 120 * 1024;
const largestPaintMs = 1_500;
/** A tenth of what counts as good elsewhere: nothing moves. */
const layoutShift = 0.01;

type Measured = { readonly largestPaintMs: number; readonly shift: number; readonly scripts: number };

/** As the browser's own observers saw it since the page was asked for. */
const measure = (page: Page): Promise<Measured> =>
  page.evaluate(async () => {
    let largest = 0;
    let shift = 0;
    new PerformanceObserver((list) => {
      // as: what a layout shift is called in TypeScript's library, which does not know it
      for (const entry of list.getEntries() as (PerformanceEntry & { value: number })[]) shift += entry.value;
    }).observe({ type: "layout-shift", buffered: true });
    const pause = (ms: number) => new Promise<void>((over) => setTimeout(over, ms));
    // Told some time after it was painted.
    const painted = new Promise<void>((told) => {
      new PerformanceObserver((list) => {
        largest = list.getEntries().at(-1)?.startTime ?? largest;
        told();
      }).observe({ type: "largest-contentful-paint", buffered: true });
    });
    await Promise.all([pause(500), Promise.race([painted, pause(60_000)])]);
    const resources = performance.getEntriesByType("resource") as PerformanceResourceTiming[]; // as: their type says so
    const scripts = resources
      .filter(({ name }) => new URL(name).pathname.endsWith(".js"))
      .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0);
    return { largestPaintMs: largest, shift, scripts };
  });

/**
 * Other work on the machine makes a visit slower, nothing makes it quicker than it is: the quickest of a few counts. When all were slow it
 * is the shop's fault if there was room for each of them, and says nothing where others kept the machine busy.
 */
const visits = 5;
/** How much of the machine has nothing to do during a visit that is not disturbed: it waits for the network to be idle, and is idle itself. */
const roomOfVisit = 0.3;

/** Of all that its cores could have done since the machine was started, in ms: how much, and how much they did nothing. */
function work(): { readonly all: number; readonly idle: number } {
  const times = cpus().map((cpu) => cpu.times);
  const idle = times.reduce((sum, one) => sum + one.idle, 0);
  return { all: idle + times.reduce((sum, { user, nice, sys, irq }) => sum + user + nice + sys + irq, 0), idle };
}

export function budgets(running: Running): void {
  for (const path of ["/", "/p/cross-back-apron", "/c/kitchen"])
    test(`${path} is there quickly, is small, and stays where it is`, async (t) => {
      let quickest = Number.POSITIVE_INFINITY;
      let leastRoom = 1;
      for (let visit = 1; visit <= visits && quickest >= largestPaintMs; visit++) {
        const before = work();
        const measured = await visitAs(running(), path);
        const after = work();
        leastRoom = Math.min(leastRoom, (after.idle - before.idle) / (after.all - before.all));
        assert.ok(measured.scripts > 0 && measured.scripts < scriptBytes, `${measured.scripts} bytes of scripts`);
        assert.ok(measured.shift < layoutShift, `layout shift ${measured.shift}`);
        assert.ok(measured.largestPaintMs > 0, "something was painted");
        quickest = Math.min(quickest, measured.largestPaintMs);
        if (path === "/" && visit === 1)
          console.log(
            `first load: ${(measured.scripts / 1024).toFixed(1)} KB of scripts, largest paint after ${Math.round(measured.largestPaintMs)} ms, layout shift ${measured.shift.toFixed(4)}`,
          );
      }
      const told = `the largest paint came after ${Math.round(quickest)} ms`;
      if (leastRoom < roomOfVisit) t.diagnostic(`${told}, on a machine with ${Math.round(leastRoom * 100)} % to spare`);
      else assert.ok(quickest < largestPaintMs, told);
    });
}

/** Somebody who was never here before. */
async function visitAs({ shop, browser }: ReturnType<Running>, path: string): Promise<Measured> {
  const { context, page } = await newShopper(browser, shop.address);
  try {
    await page.goto(path);
    await page.waitForLoadState("networkidle");
    await page.waitForFunction(() => document.querySelector(".skeleton") === null);
    return await measure(page);
  } finally {
    await context.close();
  }
}
