import assert from "node:assert/strict";
import { test } from "node:test";
import { campaign } from "./campaign.ts";
import type { ScenarioName } from "./scenarios.ts";

/** With what `enumeration.test.ts` runs a hundred thousand schedules. */
const seeds: Readonly<Record<ScenarioName, number>> = {
  view: 14_000,
  letter: 14_000,
  saga: 14_000,
  rush: 150,
  log: 3_000,
  order: 3_000,
  shop: 200,
};

for (const [name, to] of Object.entries(seeds)) {
  test(`whatever fails, and whenever, everything comes to rest with all that it promises: ${name}`, async () => {
    // as: the record's own keys
    const { runs, bad } = await campaign({ scenario: name as ScenarioName, from: 0, to, threads: 1 });
    assert.equal(runs, to);
    assert.deepEqual(bad, []);
  });
}
