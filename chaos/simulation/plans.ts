import type { Scenario } from "./scenario.ts";

/** Of these every single one and every pair is tried, with every crash. */
const messageFaults = ["drop", "double"];

/** One run in steady weather without faults says where each could happen: by site, the names of all of its faults. */
async function possible(scenario: Scenario, kinds: readonly string[]): Promise<string[][]> {
  const { sites } = await scenario.run({ seed: 0, faults: { by: "name", names: [] }, weather: "steady" });
  return sites
    .filter(({ name }) => kinds.includes(name.split(" ", 1)[0] ?? ""))
    .map(({ name, passed }) => Array.from({ length: passed }, (_, n) => `${name} #${n}`));
}

/** Every plan of one crash or none, each with no, one and two messages lost or doubled. */
export async function plansOf(scenario: Scenario): Promise<string[][]> {
  const crashes = (await possible(scenario, ["crash"])).flat().map((name) => [name]);
  const faults = (await possible(scenario, messageFaults)).flat();
  const messages = [[], ...faults.map((name) => [name])];
  for (const [i, first] of faults.entries()) for (const second of faults.slice(i + 1)) messages.push([first, second]);
  return [[], ...crashes].flatMap((crash) => messages.map((lost) => [...crash, ...lost]));
}

/** Every plan in which two processes die, each at any point where it can. */
export async function deathsOf(scenario: Scenario): Promise<string[][]> {
  const processes = await possible(scenario, ["crash"]);
  return processes.flatMap((ends, i) =>
    ends.flatMap((one) => processes.slice(i + 1).flatMap((others) => others.map((another) => [one, another]))),
  );
}
