import type { Instant } from "@souk/kernel";
import type { Sql } from "@souk/postgres";

/** How far a generation has been built from one history. */
export type Build = {
  readonly history: string;
  /** Where the next page begins; null at the beginning, and when it is done. */
  readonly after: string | null;
  /** How much of it has been written. */
  readonly told: number;
  readonly done: boolean;
};
type Known = { readonly generation: number; readonly state: "building" | "live" };

/** The generations of a projection, one function per question. */
export type GenerationRows = typeof generationRows;

export const generationRows = {
  /** The live one and the one that is being built, as far as there are any. */
  current: (sql: Sql, projection: string): Promise<Known[]> => sql<Known>`
    select generation, state from chassis.generations where projection = ${projection} and state <> 'retired'`,

  /** @returns the generation that is being built now, begun before or just now */
  async begin(sql: Sql, projection: string, histories: readonly string[], at: Instant): Promise<number> {
    const [row] = await sql<{ generation: number }>`
      select chassis.begin_generation(${projection}, ${histories}::text[], ${at}) as generation`;
    if (!row) throw new Error("begin_generation always answers, and did not");
    return row.generation;
  },

  builds: (sql: Sql, projection: string, generation: number): Promise<Build[]> => sql<Build>`
    select history, after, told, done from chassis.generation_builds
    where projection = ${projection} and generation = ${generation} order by history`,

  async advance(sql: Sql, projection: string, generation: number, { history, after, told, done }: Build) {
    await sql`
      update chassis.generation_builds set after = ${after}, told = ${told}, done = ${done}
      where projection = ${projection} and generation = ${generation} and history = ${history} and not done`;
  },

  async publish(sql: Sql, projection: string, generation: number, at: Instant): Promise<void> {
    await sql`select chassis.publish_generation(${projection}, ${generation}, ${at})`;
  },

  /**
   * Deletes nothing while the live generation took over after `quietSince`: a replica may still read the one before.
   * @returns how many rows were deleted; 0 when there is nothing left
   */
  async deleteRetired(
    sql: Sql,
    projection: string,
    tables: readonly string[],
    quietSince: Instant,
    atMost: number,
  ): Promise<number> {
    const [row] = await sql<{ deleted: number }>`
      select chassis.delete_retired(${projection}, ${tables}::text[], ${quietSince}, ${atMost}) as deleted`;
    return row?.deleted ?? 0;
  },
};
