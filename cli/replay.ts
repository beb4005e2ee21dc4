import type { Client } from "@souk/contract";
import { type Clock, sleep } from "@souk/kernel";
import type { search } from "@souk/search/contract";

/** What every projection answers that can be built anew. */
export type Rebuildable = Pick<Client<typeof search>, "rebuild" | "build">;
export type Replayed = {
  /** The generation that is shown now. */
  readonly generation: number;
  readonly told: Readonly<Record<string, number>>;
  readonly durationMs: number;
};

const pollMs = 250;

/**
 * Has a projection built anew beside the one that is shown, and waits until that has taken over.
 * @param onProgress how much of each history has been told so far
 */
export async function replay(
  client: Rebuildable,
  clock: Clock,
  onProgress: (histories: readonly { history: string; told: number; done: boolean }[]) => void,
): Promise<Replayed> {
  const startedAt = clock.monotonic();
  const begun = await client.rebuild();
  const generation = begun.building;
  const told: Record<string, number> = {};
  for (let now = begun; ; now = await client.build()) {
    for (const { history, told: count } of now.histories) told[history] = count;
    onProgress(now.histories);
    if (now.live === generation) break;
    await sleep(clock, pollMs);
  }
  if (generation === undefined) throw new Error("a projection was asked to build and says that it does not");
  return { generation, told, durationMs: Math.round(clock.monotonic() - startedAt) };
}
