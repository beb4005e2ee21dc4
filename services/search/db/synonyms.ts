import type { Instant } from "@souk/kernel";
import type { Sql } from "@souk/postgres";

export type Synonym = { phrase: string; means: string[]; bothWays: boolean; updatedAt: Instant };

/** More would make every query slower for everybody. */
export const mostSynonyms = 10_000;

export const synonymTable = (sql: Sql) => ({
  all: (): Promise<Synonym[]> =>
    sql<Synonym>`select phrase, means, both_ways as "bothWays", updated_at as "updatedAt" from synonyms limit ${mostSynonyms}`,

  /** In the order of phrases. */
  async page({ page, limit }: { page: number; limit: number }) {
    const [items, [count]] = await Promise.all([
      sql<Synonym>`
        select phrase, means, both_ways as "bothWays", updated_at as "updatedAt" from synonyms
        order by phrase limit ${limit} offset ${(page - 1) * limit}`,
      sql<{ total: number }>`select count(*) as total from synonyms`,
    ]);
    return { items, total: count?.total ?? 0 };
  },

  /** Returns false when there are as many as there may be. */
  async put({ phrase, means, bothWays, updatedAt }: Synonym): Promise<boolean> {
    const rows = await sql`
      insert into synonyms (phrase, means, both_ways, updated_at)
      select ${phrase}, ${means}, ${bothWays}, ${updatedAt}::timestamptz
      where exists (select from synonyms where phrase = ${phrase}) or (select count(*) from synonyms) < ${mostSynonyms}
      on conflict (phrase) do update set means = excluded.means, both_ways = excluded.both_ways, updated_at = excluded.updated_at
      returning 1`;
    return rows.length === 1;
  },

  /** Returns false when there was none. */
  async delete(phrase: string): Promise<boolean> {
    const rows = await sql`delete from synonyms where phrase = ${phrase} returning 1`;
    return rows.length === 1;
  },
});
