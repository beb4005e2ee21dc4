import type { Instant } from "@souk/kernel";
import type { Db } from "@souk/postgres";

/** What task leases ask of their database. */
export type LeaseStore = {
  /** Takes each lease that is free, lapsed or already this holder's, until `expiresAt`. @returns the tasks that it holds now */
  hold(tasks: readonly string[], holder: string, now: Instant, expiresAt: Instant): Promise<string[]>;
  /** Frees whatever the holder has. */
  release(holder: string): Promise<void>;
};

export const leaseStore = (db: Db): LeaseStore => ({
  async hold(tasks, holder, now, expiresAt) {
    const rows = await db<{ task: string }>`
      insert into chassis.task_leases as lease (task, holder, expires_at)
      select task, ${holder}, ${expiresAt}::timestamptz from unnest(${tasks}::text[]) as task order by task
      on conflict (task) do update set holder = excluded.holder, expires_at = excluded.expires_at
      where lease.holder = excluded.holder or lease.expires_at <= ${now}::timestamptz
      returning task`;
    return rows.map(({ task }) => task);
  },

  async release(holder) {
    await db`delete from chassis.task_leases where holder = ${holder}`;
  },
});
