import type { Sql } from "@souk/postgres";

type Note = { readonly id: string; readonly text: string; readonly echoes: number; readonly stamped: boolean };

export const notes = (sql: Sql) => ({
  async add(id: string, text: string): Promise<void> {
    await sql`insert into notes (id, text) values (${id}, ${text})`;
  },
  async find(id: string): Promise<Note | undefined> {
    const [note] = await sql<Note>`select id, text, echoes, stamped from notes where id = ${id}`;
    return note;
  },
  async count(): Promise<number> {
    const [row] = await sql<{ count: number }>`select count(*)::int as count from notes`;
    return row?.count ?? 0;
  },
  async echo(id: string): Promise<void> {
    await sql`update notes set echoes = echoes + 1 where id = ${id}`;
  },
  async stamp(id: string): Promise<void> {
    await sql`update notes set stamped = true where id = ${id}`;
  },
  /** Forgets empty notes. */
  async sweep(): Promise<void> {
    await sql`delete from notes where text = ''`;
  },
});
