import assert from "node:assert/strict";
import { test } from "node:test";
import { campaign, inThread } from "./campaign.ts";
import { mutants } from "./mutants.ts";
import { shopScenario } from "./shop-scenario.ts";

/** With the clean core nothing is wrong in any of them; each mutant is caught in one of them, whichever that is. */
const seeds = 300;

const storm = (seed: number) =>
  ({ seed, faults: { by: "chance", seed, rates: shopScenario.rates(seed), most: 12 }, weather: "jittery" }) as const;

test("the same seed gives the same run, to the last bit", async () => {
  const first = await shopScenario.run(storm(3));
  const second = await shopScenario.run(storm(3));
  assert.equal(second.hash, first.hash);
  assert.equal(second.steps, first.steps);
  assert.deepEqual(second.faults, first.faults);
  assert.notEqual((await shopScenario.run(storm(4))).hash, first.hash);
});

test("the faults of a run can be given by name, and give the same run again", async () => {
  const { hash, faults } = await shopScenario.run(storm(3));
  assert.ok(faults.length > 0);
  const again = await shopScenario.run({ ...storm(3), faults: { by: "name", names: faults } });
  assert.equal(again.hash, hash);
});

test("whatever fails, and whenever, the shop comes to rest with all that it promises", async () => {
  const { runs, bad } = await campaign({ from: 0, to: seeds });
  assert.equal(runs, seeds);
  assert.deepEqual(bad, []);
});

for (const { name, caughtBy } of mutants) {
  test(`a core that would ${name} is caught`, async () => {
    const { bad } = await inThread({ mutant: name, from: 0, step: 1, to: seeds, until: caughtBy });
    const problems = bad.flatMap((one) => one.problems);
    assert.ok(
      problems.some((problem) => problem.includes(caughtBy)),
      `expected "${caughtBy}", found ${JSON.stringify(problems)}`,
    );
  });
}
