import assert from "node:assert/strict";
import { test } from "node:test";
import { campaign } from "./campaign.ts";
import type { ScenarioName } from "./scenarios.ts";

/** A hundred thousand schedules: most of those that are quick to run. */
const seeds: Readonly<Record<ScenarioName, number>> = {
  view: 45_000,
  letter: 30_000,
  saga: 23_000,
  log: 1_500,
  order: 500,
  shop: 60,
};

for (const [name, to] of Object.entries(seeds)) {
  test(`whatever fails, and whenever, everything comes to rest with all that it promises: ${name}`, async () => {
    // as: the record's own keys
    const { runs, bad } = await campaign({ scenario: name as ScenarioName, from: 0, to, threads: 1 });
    assert.equal(runs, to);
    assert.deepEqual(bad, []);
  });
}
