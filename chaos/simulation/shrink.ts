import type { Scenario } from "./scenario.ts";

/**
 * Leaves out faults one after the other for as long as something stays wrong (Zeller & Hildebrandt, "Simplifying and Isolating
 * Failure-Inducing Input", 2002).
 * @returns faults of which none can be left out; undefined when the run is good
 */
export async function shrink(
  scenario: Scenario,
  { seed, faults }: { readonly seed: number; readonly faults: readonly string[] },
): Promise<readonly string[] | undefined> {
  const isBad = async (names: readonly string[]) => {
    const { problems } = await scenario.run({ seed, faults: { by: "name", names }, weather: "jittery" });
    return problems.length > 0;
  };
  if (!(await isBad(faults))) return undefined;
  let left = faults;
  for (let size = Math.ceil(left.length / 2); size >= 1; ) {
    let isSmaller = false;
    for (let at = 0; at < left.length; ) {
      const without = left.filter((_, i) => i < at || i >= at + size);
      if (without.length < left.length && (await isBad(without))) {
        left = without;
        isSmaller = true;
      } else at += size;
    }
    if (!isSmaller) {
      if (size === 1) break;
      size = Math.ceil(size / 2);
    }
  }
  return left;
}
