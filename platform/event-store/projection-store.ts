import type { Sql } from "@souk/postgres";

/** The projections' checkpoints and shadows, one function per question. */
export type ProjectionRows = typeof projectionRows;

export const projectionRows = {
  async register(sql: Sql, name: string): Promise<void> {
    await sql`insert into chassis.projections (name) values (${name}) on conflict do nothing`;
  },

  /** Locks the checkpoint until the transaction ends. undefined: another replica is at it. */
  async claim(sql: Sql, name: string): Promise<number | undefined> {
    const [row] = await sql<{ position: number }>`
      select position from chassis.projections where name = ${name} for update skip locked`;
    return row?.position;
  },

  /** The same, but waits for the other replica. */
  async lock(sql: Sql, name: string): Promise<number> {
    const [row] = await sql<{ position: number }>`
      select position from chassis.projections where name = ${name} for update`;
    if (!row) throw new Error(`projection ${name} has never been registered`);
    return row.position;
  },

  async checkpoint(sql: Sql, name: string): Promise<number> {
    const [row] = await sql<{ position: number }>`select position from chassis.projections where name = ${name}`;
    return row?.position ?? 0;
  },

  async advance(sql: Sql, name: string, position: number): Promise<void> {
    await sql`update chassis.projections set position = ${position} where name = ${name}`;
  },

  /** Empty temporary tables that hide the real ones for the rest of the session. */
  async makeShadows(sql: Sql, tables: readonly string[]): Promise<void> {
    await sql`select chassis.make_shadows(${tables}::text[])`;
  },

  /** Puts the shadows' rows in the place of the real ones'. */
  async publishShadows(sql: Sql, tables: readonly string[]): Promise<void> {
    await sql`select chassis.publish_shadows(${tables}::text[])`;
  },

  /** Per table, rows of the shadow that the real one lacks, and rows that only the real one has. */
  compareShadows: (sql: Sql, tables: readonly string[]): Promise<Difference[]> =>
    sql<Difference>`select name as "table", missing, unexpected from chassis.compare_shadows(${tables}::text[])`,
};

export type Difference = { readonly table: string; readonly missing: number; readonly unexpected: number };
