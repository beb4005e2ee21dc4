import type { Scenario } from "./scenario.ts";

/** Of these every single one and every pair is tried, with every crash. */
const messageFaults = ["drop", "double"];

/**
 * One run in steady weather without faults says where each could happen. From that every plan: one crash or none, each with no, one and two
 * messages lost or doubled.
 */
export async function plansOf(scenario: Scenario): Promise<string[][]> {
  const { sites } = await scenario.run({ seed: 0, faults: { by: "name", names: [] }, weather: "steady" });
  const named = (kinds: readonly string[]) =>
    sites
      .filter(({ name }) => kinds.includes(name.split(" ", 1)[0] ?? ""))
      .flatMap(({ name, passed }) => Array.from({ length: passed }, (_, n) => `${name} #${n}`));
  const crashes = named(["crash"]).map((name) => [name]);
  const faults = named(messageFaults);
  const messages = [[], ...faults.map((name) => [name])];
  for (const [i, first] of faults.entries()) for (const second of faults.slice(i + 1)) messages.push([first, second]);
  return [[], ...crashes].flatMap((crash) => messages.map((lost) => [...crash, ...lost]));
}
