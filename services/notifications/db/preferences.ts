import type { Instant } from "@souk/kernel";
import type { Sql, Tx } from "@souk/postgres";

export const preferenceTable = (sql: Sql) => ({
  /** By category; what is not there is wanted. */
  async of(subject: string): Promise<Record<string, boolean>> {
    const rows = await sql<{ category: string; wanted: boolean }>`
      select category, wanted from preferences where subject = ${subject}`;
    return Object.fromEntries(rows.map(({ category, wanted }) => [category, wanted]));
  },
  set: (subject: string, category: string, wanted: boolean, now: Instant) => sql`
    insert into preferences (subject, category, wanted, changed_at) values (${subject}, ${category}, ${wanted}, ${now})
    on conflict (subject, category) do update set wanted = excluded.wanted, changed_at = excluded.changed_at`,
  /** Null when the person wants no text messages. */
  async phone(userId: string): Promise<Buffer | null> {
    const [row] = await sql<{ sealed: Buffer }>`select sealed from phones where user_id = ${userId}`;
    return row?.sealed ?? null;
  },
  setPhone: (userId: string, sealed: Uint8Array) => sql`
    insert into phones (user_id, sealed) values (${userId}, ${sealed}) on conflict (user_id) do update set sealed = excluded.sealed`,
  removePhone: (userId: string) => sql`delete from phones where user_id = ${userId}`,
});

/** Returns how many. */
export async function forgetPreferences(tx: Tx, userId: string, subjects: readonly string[]): Promise<number> {
  const [preferences, phones] = await Promise.all([
    tx`delete from preferences where subject = any(${subjects}::text[]) returning subject`,
    tx`delete from phones where user_id = ${userId} returning user_id`,
  ]);
  return preferences.length + phones.length;
}
