import type { Instant } from "@souk/kernel";
import type { Sql } from "@souk/postgres";

/** `wrapped` is null once the key was destroyed. */
export type StoredKey = {
  readonly person: string;
  readonly wrapped: Buffer | null;
  readonly destroyedAt: Instant | null;
};

/** Keys of persons, each wrapped in the service's own. One statement each. */
export const keyStore = {
  /** Puts a key where there is none, and returns the one that is there then. Undefined when another put it there just now: ask again. */
  async ensure(sql: Sql, person: string, wrapped: Uint8Array): Promise<StoredKey | undefined> {
    const [row] = await sql<StoredKey>`
      with made as (
        insert into chassis.person_keys (person, wrapped) values (${person}, ${wrapped}) on conflict (person) do nothing
        returning person, wrapped, destroyed_at)
      select person, wrapped, destroyed_at as "destroyedAt" from made
      union all
      select person, wrapped, destroyed_at from chassis.person_keys where person = ${person}`;
    return row;
  },

  find: (sql: Sql, persons: readonly string[]): Promise<StoredKey[]> => sql<StoredKey>`
    select person, wrapped, destroyed_at as "destroyedAt" from chassis.person_keys where person = any(${persons}::text[])`,

  /** Gives a destroyed one a new key. */
  async revive(sql: Sql, person: string, wrapped: Uint8Array): Promise<void> {
    await sql`
      update chassis.person_keys set wrapped = ${wrapped}, destroyed_at = null where person = ${person} and wrapped is null`;
  },

  /** Also for whom there is no key yet: what comes late finds that it may not be kept. */
  async destroy(sql: Sql, persons: readonly string[], now: Instant): Promise<void> {
    await sql`
      insert into chassis.person_keys (person, destroyed_at) select person, ${now} from unnest(${persons}::text[]) as p (person)
      on conflict (person) do update set wrapped = null, destroyed_at = excluded.destroyed_at`;
  },
};
export type KeyStore = typeof keyStore;
