import type { Instant } from "@souk/kernel";
import type { Sql, Tx } from "@souk/postgres";

export type StoredExport = {
  exportId: string;
  publicKey: string;
  sealedKey: Buffer;
  requestedAt: Instant;
  services: string[];
};
type NewExport = Omit<StoredExport, "sealedKey"> & { userId: string; sealedKey: Uint8Array };
export const insertExport = (tx: Tx, e: NewExport) => tx`
  insert into exports (export_id, user_id, public_key, sealed_key, requested_at, services)
  values (${e.exportId}, ${e.userId}, ${e.publicKey}, ${e.sealedKey}, ${e.requestedAt}, ${e.services})`;

export type Part = { service: string; part: number; parts: number; envelope: string };

export const exportTable = (sql: Sql) => ({
  /** The person's newest that was asked for since then. */
  async newest(userId: string, since: Instant): Promise<StoredExport | undefined> {
    const [row] = await sql<StoredExport>`
      select export_id as "exportId", public_key as "publicKey", sealed_key as "sealedKey", requested_at as "requestedAt", services
      from exports where user_id = ${userId} and requested_at > ${since} order by requested_at desc limit 1`;
    return row;
  },
  /** Services that have answered whole. */
  async whole(exportId: string): Promise<string[]> {
    const rows = await sql<{ service: string }>`
      select service from export_parts where export_id = ${exportId} group by service having count(*) = max(parts)`;
    return rows.map(({ service }) => service);
  },
  parts: (exportId: string) => sql<Part>`
    select service, part, parts, envelope from export_parts where export_id = ${exportId} order by service, part`,
  /** Of an export that nobody waits for any more nothing is kept. */
  addPart: (exportId: string, { service, part, parts, envelope }: Part) => sql`
    insert into export_parts (export_id, service, part, parts, envelope)
    select export_id, ${service}, ${part}, ${parts}, ${envelope} from exports where export_id = ${exportId} on conflict do nothing`,
  removeAll: (userId: string) => sql`delete from exports where user_id = ${userId}`,
  sweep: (before: Instant) => sql`
    delete from exports where export_id in (select export_id from exports where requested_at < ${before} limit 100)`,
});
