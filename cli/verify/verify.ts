import { type Clock, sleep } from "@souk/kernel";
import { afterSaleChecks } from "./after-sale.ts";
import type { Check, Verdict, View } from "./check.ts";
import { claimChecks } from "./claims.ts";
import { eventChecks } from "./events.ts";
import { moneyChecks } from "./money.ts";
import { orderChecks } from "./orders.ts";
import { pricingChecks } from "./pricing.ts";
import { readModelChecks } from "./read-models.ts";
import { stockChecks } from "./stock.ts";

export const checks: readonly Check[] = [
  ...moneyChecks,
  ...stockChecks,
  ...orderChecks,
  ...pricingChecks,
  ...afterSaleChecks,
  ...claimChecks,
  ...eventChecks,
  ...readModelChecks,
];

const pauseMs = 500;

/**
 * Looks until nothing is wrong or `settleMs` is over, and calls wrong only what was wrong each time: services commit one after
 * the other, so that a look between two commits sees differences that are gone at the next.
 */
export async function judge({ name, look }: Check, view: View, clock: Clock, settleMs: number): Promise<Verdict> {
  const until = clock.monotonic() + settleMs;
  let { figure, problems } = await look(view);
  while (problems.length > 0 && clock.monotonic() < until) {
    await sleep(clock, pauseMs);
    const again = await look(view);
    const before = new Set(problems.map(({ key }) => key));
    ({ figure } = again);
    problems = again.problems.filter(({ key }) => before.has(key));
  }
  return { name, figure, ok: problems.length === 0, problems: problems.map(({ text }) => text) };
}
