import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { inThread } from "./campaign.ts";
import { corpus } from "./corpus.ts";
import { mutants } from "./mutants.ts";
import type { Scenario } from "./scenario.ts";
import { loadScenario, type ScenarioName } from "./scenarios.ts";

/** Each mutant is caught in one of so many, whichever that is; with the clean core nothing is wrong in any (`storms.test.ts`). */
const seeds: Readonly<Record<ScenarioName, number>> = {
  view: 16_000,
  letter: 10_000,
  saga: 8_000,
  rush: 200,
  log: 1_500,
  order: 500,
  shop: 60,
};

const storm = (scenario: Scenario, seed: number) =>
  ({ seed, faults: { by: "chance", seed, rates: scenario.rates(seed), most: 12 }, weather: "jittery" }) as const;

for (const name of ["order", "shop"] as const) {
  test(`the same seed gives the same run, to the last bit: ${name}`, async () => {
    const scenario = await loadScenario(name);
    const first = await scenario.run(storm(scenario, 3));
    const second = await scenario.run(storm(scenario, 3));
    assert.equal(second.hash, first.hash);
    assert.equal(second.steps, first.steps);
    assert.deepEqual(second.faults, first.faults);
    assert.notEqual((await scenario.run(storm(scenario, 4))).hash, first.hash);
  });

  test(`the faults of a run can be given by name, and give the same run again: ${name}`, async () => {
    const scenario = await loadScenario(name);
    const { hash, faults } = await scenario.run(storm(scenario, 3));
    assert.ok(faults.length > 0);
    const again = await scenario.run({ ...storm(scenario, 3), faults: { by: "name", names: faults } });
    assert.equal(again.hash, hash);
  });
}

test("what was found once is not there any more", async () => {
  for (const { scenario: name, seed, faults, found } of corpus) {
    const scenario = await loadScenario(name);
    const verdict = await scenario.run({ seed, faults: { by: "name", names: faults }, weather: "jittery" });
    assert.deepEqual(verdict.problems, [], found);
  }
});

for (const { name, scenario, caughtBy } of mutants) {
  test(`a core that would ${name} is caught`, async () => {
    const { bad } = await inThread({
      ...{ scenario, mutant: name, from: 0, step: 1, to: seeds[scenario], until: caughtBy },
    });
    const problems = bad.flatMap((one) => one.problems);
    assert.ok(
      problems.some((problem) => problem.includes(caughtBy)),
      `expected "${caughtBy}", found ${JSON.stringify(problems.slice(0, 20))}`,
    );
  });
}

test("the documentation lists the mutants that there are", async () => {
  const page = await readFile(new URL("../../docs/simulation.md", import.meta.url), "utf8");
  const listed = page.split("<!-- mutants -->")[1]?.split("<!-- /mutants -->")[0]?.trim().split("\n").slice(2);
  assert.deepEqual(
    listed,
    mutants.map(({ name, file, scenario, caughtBy }) => `| ${name} | \`${file}\` | ${scenario} | ${caughtBy} |`),
  );
});
