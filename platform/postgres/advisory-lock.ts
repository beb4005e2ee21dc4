import pg from "pg";

/** How long whoever prepares a database waits for another who does. */
export type Patience = {
  /** Default a minute. */
  readonly waitMs?: number;
  /** Who is waited for is told after this long. Default three seconds. */
  readonly tellAfterMs?: number;
  readonly tell?: (text: string) => void;
};

/** Somebody else is at it, and does not come to an end. */
export class LockHeld extends Error {
  override readonly name = "LockHeld";
}

/**
 * Takes an advisory lock for as long as the connection lasts.
 * @param what is to be done under it: "migrate orders"
 * @throws LockHeld when its holder has not let go of it in time
 */
export async function takeLock(
  client: pg.Client,
  lock: number,
  what: string,
  { waitMs = 60_000, tellAfterMs = 3_000, tell = () => {} }: Patience = {},
): Promise<void> {
  const inTime = async (ms: number) => {
    await client.query(`set lock_timeout = ${Math.max(1, Math.round(ms))}`); // 0 would be for ever
    try {
      await client.query("select pg_advisory_lock($1)", [lock]);
      await client.query("reset lock_timeout");
      return true;
    } catch (error) {
      if (error instanceof pg.DatabaseError && error.code === "55P03") return false; // lock_not_available
      throw error;
    }
  };
  if (await inTime(Math.min(tellAfterMs, waitMs))) return;
  tell(`Waiting to ${what}: ${await holderOf(client, lock)} is at it`);
  if (await inTime(waitMs - tellAfterMs)) return;
  throw new LockHeld(
    `gave up after ${waitMs / 1_000} s waiting to ${what}: ${await holderOf(client, lock)} is still at it. Try again, or end it when it hangs`,
  );
}

/** Whoever acts as a database's owner sees no more of the other than this. */
async function holderOf(client: pg.Client, lock: number): Promise<string> {
  const { rows } = await client.query<{ pid: number; program: string }>(
    `select a.pid, a.application_name as program
      from pg_locks l join pg_stat_activity a using (pid)
      where l.locktype = 'advisory' and l.granted and l.objsubid = 1
        and l.database = (select oid from pg_database where datname = current_database())
        and (l.classid::bigint << 32) + l.objid::bigint = $1::bigint`,
    [lock],
  );
  const [holder] = rows;
  return holder ? `process ${holder.pid} of PostgreSQL (${holder.program})` : "another who has just ended";
}
