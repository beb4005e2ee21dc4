import { setTimeout } from "node:timers/promises";

/**
 * Asks again and again until `done` gives something: for what is brought about on the machine's own time. On a fake clock time passes by
 * `passingTime`.
 * @param what said when it never comes
 * @param patienceMs only a test that fails takes so long
 */
export async function eventually<T>(
  what: string,
  done: () => T | undefined | false | Promise<T | undefined | false>,
  patienceMs = 60_000,
): Promise<T> {
  const givenUpAt = performance.now() + patienceMs;
  for (;;) {
    const found = await done();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > givenUpAt) throw new Error(`it never came: ${what}`);
    await setTimeout(5);
  }
}
