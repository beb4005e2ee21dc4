import type { Instant } from "@souk/kernel";
import { json, type Sql, type Tx } from "@souk/postgres";

export type AuditEntry = {
  id: string;
  at: Instant;
  actorId: string;
  action: string;
  subjectId: string;
  detail: unknown;
};
export const insertAudit = (tx: Tx, entry: AuditEntry) => tx`
  insert into audit (audit_id, at, actor_id, action, subject_id, detail)
  values (${entry.id}, ${entry.at}, ${entry.actorId}, ${entry.action}, ${entry.subjectId}, ${json(entry.detail)})`;

type AuditFilter = { actorId?: string | undefined; subjectId?: string | undefined; page: number; limit: number };
export async function auditPage(sql: Sql, { actorId = "", subjectId, page, limit }: AuditFilter) {
  const subject = subjectId ?? null;
  const [items, [count]] = await Promise.all([
    sql<AuditEntry>`
      select audit_id as id, at, actor_id as "actorId", action, subject_id as "subjectId", detail from audit
      where (${actorId} = '' or actor_id = ${actorId}) and (${subject}::uuid is null or subject_id = ${subject})
      order by at desc, audit_id limit ${limit} offset ${(page - 1) * limit}`,
    sql<{ total: number }>`
      select count(*) as total from (
        select 1 from audit where (${actorId} = '' or actor_id = ${actorId}) and (${subject}::uuid is null or subject_id = ${subject})
        limit 100000) as counted`,
  ]);
  return { items, total: count?.total ?? 0 };
}

export type Group = { code: string; name: string };
export const groupTable = (sql: Sql) => ({
  page: (limit: number, offset: number) => sql<Group & { total: number }>`
    select code, name, count(*) over ()::int as total from customer_groups order by code limit ${limit} offset ${offset}`,
  put: ({ code, name }: Group) => sql`
    insert into customer_groups (code, name) values (${code}, ${name}) on conflict (code) do update set name = excluded.name`,
  /** Those of `codes` that are none, which are locked so that none of the others goes away meanwhile. */
  async missing(codes: readonly string[]): Promise<string[]> {
    const rows = await sql<{
      code: string;
    }>`select code from customer_groups where code = any(${codes}::text[]) for share`;
    return codes.filter((code) => !rows.some((row) => row.code === code));
  },
});

/** Returns false when there is no such group. */
export async function deleteGroup(tx: Tx, code: string): Promise<boolean> {
  return (await tx`delete from customer_groups where code = ${code} returning code`).length === 1;
}
export const membersOf = (tx: Tx, code: string, limit: number) => tx<{ userId: string }>`
  select user_id as "userId" from users where groups @> array[${code}]::text[] order by user_id limit ${limit}`;
