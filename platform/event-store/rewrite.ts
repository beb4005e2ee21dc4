import type { Tx } from "@souk/postgres";
import { eventRows } from "./store.ts";
import type { StreamType } from "./types.ts";
import { upcast } from "./upcast.ts";

const latest = 2 ** 31 - 1;

/**
 * Writes events of a stream anew, for what must not be kept: an erased person. Their number, order and times stay. Projections that hold
 * what is taken out are the caller's to mend, and whoever has read it before keeps it. @returns how many events were changed
 */
export async function rewriteStream<C, S, E extends { readonly type: string }>(
  tx: Tx,
  { name, upcasters }: StreamType<C, S, E>,
  streamId: string,
  rewrite: (event: E) => E,
): Promise<number> {
  let changed = 0;
  for (const { version, data } of await eventRows.read(tx, name, streamId, latest)) {
    const event = upcast<E>(data, upcasters);
    const rewritten = rewrite(event);
    if (rewritten === event) continue;
    await eventRows.replace(tx, name, streamId, { version, data: rewritten });
    changed++;
  }
  return changed;
}
