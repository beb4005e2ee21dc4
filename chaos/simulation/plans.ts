import type { Scenario } from "./scenario.ts";

/** Of these every single one and every pair is tried, with every crash. */
const messageFaults = ["drop", "double"];

/**
 * One run in steady weather without faults says where each could happen. From that every plan: one crash or none, and one or two messages lost
 * or doubled or none. @param crossed every crash with all of these; otherwise each crash by itself, and the messages without one
 */
export async function plansOf(scenario: Scenario, { crossed }: { readonly crossed: boolean }): Promise<string[][]> {
  const { sites } = await scenario.run({ seed: 0, faults: { by: "name", names: [] }, weather: "steady" });
  const named = (kinds: readonly string[]) =>
    sites
      .filter(({ name }) => kinds.includes(name.split(" ", 1)[0] ?? ""))
      .flatMap(({ name, passed }) => Array.from({ length: passed }, (_, n) => `${name} #${n}`));
  const crashes = named(["crash"]).map((name) => [name]);
  const faults = named(messageFaults);
  const messages = [[], ...faults.map((name) => [name])];
  for (const [i, first] of faults.entries()) for (const second of faults.slice(i + 1)) messages.push([first, second]);
  if (!crossed) return [...crashes, ...messages];
  return [[], ...crashes].flatMap((crash) => messages.map((lost) => [...crash, ...lost]));
}
