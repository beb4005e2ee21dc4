import assert from "node:assert/strict";
import { test } from "node:test";
import { Faults } from "../../platform/testing/simulation/faults.ts";
import { enumerate } from "./plans.ts";

/** A process asks until it is answered, and starts again when it dies: a second try is only there when something has failed. */
async function tries(names: readonly string[]) {
  const faults = new Faults({ by: "name", names });
  const [crash, drop] = [faults.site("crash a"), faults.site("drop a>b")];
  while (crash.happens() || drop.happens());
  return faults;
}

test("every plan is run once, with what only its own faults make possible", async () => {
  const plans: string[] = [];
  const run = async (plan: readonly string[]) => {
    const faults = await tries(plan);
    assert.deepEqual(faults.taken, plan, "each of its faults has happened");
    plans.push(plan.join(", "));
    return faults;
  };
  await enumerate(run, { deaths: 1, messages: 2 });
  assert.deepEqual(plans.toSorted(), [
    "",
    "crash a #0",
    "crash a #0, drop a>b #0",
    "crash a #0, drop a>b #0, drop a>b #1",
    "drop a>b #0",
    "drop a>b #0, crash a #1",
    "drop a>b #0, crash a #1, drop a>b #1",
    "drop a>b #0, drop a>b #1",
    "drop a>b #0, drop a>b #1, crash a #2",
  ]);
});

test("several who share the work run each plan once between them, but for the empty one", async () => {
  const plans: string[] = [];
  for (const thread of [0, 1])
    await enumerate(
      async (plan) => {
        if (plan.length > 0) plans.push(plan.join(", "));
        return tries(plan);
      },
      { deaths: 2, messages: 0 },
      (n) => n % 2 === thread,
    );
  assert.deepEqual(plans.toSorted(), ["crash a #0", "crash a #0, crash a #1"]);
});
