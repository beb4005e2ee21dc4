import type { Instant } from "@souk/kernel";
import { json, type Sql } from "@souk/postgres";

export type Line = { readonly sku: string; readonly quantity: number };
export type TransferLine = Line & { readonly received: number; readonly lost: number };
export type TransferRow = {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly status: "in_transit" | "received";
  readonly note: string | null;
  readonly lines: readonly TransferLine[];
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
};
type New = Pick<TransferRow, "id" | "from" | "to" | "note"> & {
  readonly lines: readonly Line[];
  readonly actor: string;
  readonly at: Instant;
};

export const transferTable = (sql: Sql) => ({
  async add({ id, from, to, note, lines, actor, at }: New): Promise<void> {
    await sql`
      insert into transfers (transfer_id, from_location, to_location, status, note, actor, created_at, updated_at)
      values (${id}, ${from}, ${to}, 'in_transit', ${note}, ${actor}, ${at}, ${at})`;
    await sql`
      insert into transfer_lines (transfer_id, sku, quantity)
      select ${id}, sku, quantity from json_to_recordset(${json(lines)}) as r (sku text, quantity integer)`;
  },

  async find(id: string): Promise<TransferRow | undefined> {
    const [row] = await sql<TransferRow>`
      select transfer_id as id, from_location as "from", to_location as "to", status, note, created_at as "createdAt", updated_at as "updatedAt",
        (select json_agg(json_build_object('sku', sku, 'quantity', quantity, 'received', received, 'lost', lost) order by sku)
          from transfer_lines l where l.transfer_id = t.transfer_id) as lines
      from transfers t where transfer_id = ${id}`;
    return row;
  },

  /** Until the end of the transaction nobody else books anything of it. */
  async lock(id: string): Promise<void> {
    await sql`select from transfers where transfer_id = ${id} for update`;
  },

  /** Notes what came or will not come; it is received when nothing is on its way any more. */
  async settle(id: string, settled: readonly Omit<TransferLine, "quantity">[], at: Instant): Promise<void> {
    await sql`
      update transfer_lines l set received = l.received + r.received, lost = l.lost + r.lost
      from json_to_recordset(${json(settled)}) as r (sku text, received integer, lost integer)
      where l.transfer_id = ${id} and l.sku = r.sku`;
    await sql`
      update transfers t set updated_at = ${at}, status = case
        when exists (select from transfer_lines l where l.transfer_id = t.transfer_id and l.received + l.lost < l.quantity) then 'in_transit'
        else 'received' end
      where transfer_id = ${id}`;
  },

  /** The latest first. */
  async page({ page, limit, status = null }: { page: number; limit: number; status?: string | null | undefined }) {
    const [items, [count]] = await Promise.all([
      sql<TransferRow>`
        select transfer_id as id, from_location as "from", to_location as "to", status, note, created_at as "createdAt", updated_at as "updatedAt",
          (select json_agg(json_build_object('sku', sku, 'quantity', quantity, 'received', received, 'lost', lost) order by sku)
            from transfer_lines l where l.transfer_id = t.transfer_id) as lines
        from transfers t where ${status}::text is null or status = ${status}
        order by created_at desc, transfer_id desc limit ${limit} offset ${(page - 1) * limit}`,
      sql<{ total: number }>`
        select count(*) as total from transfers where ${status}::text is null or status = ${status}`,
    ]);
    return { items, total: count?.total ?? 0 };
  },
});
