export type Pause = (ms: number) => Promise<void>;

const looks = 150;
const lookEveryMs = 200;

/** Asks until there is an answer. @throws Error when there never is one */
export async function until<T>(what: string, ask: () => Promise<T | undefined>, pause: Pause): Promise<T> {
  for (let look = 1; ; look++) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (look === looks) throw new Error(`${what} did not happen in ${(looks * lookEveryMs) / 1_000} s`);
    await pause(lookEveryMs);
  }
}
