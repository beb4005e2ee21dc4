import type { Instant } from "@souk/kernel";
import { json, type Sql, type Tx } from "@souk/postgres";

export type Answer = {
  service: string;
  state: "pending" | "waiting" | "done";
  erased: Record<string, number>;
  waitingFor?: string;
  at: Instant | null;
};
export type Erasure = {
  id: string;
  userId: string;
  state: "pending" | "done";
  requestedAt: Instant;
  completedAt: Instant | null;
  services: Answer[];
};

type NewErasure = {
  erasureId: string;
  userId: string;
  receiptHash: Uint8Array;
  services: readonly string[];
  now: Instant;
};
/** Returns false when the person is being erased already. */
export async function insertErasure(tx: Tx, e: NewErasure): Promise<boolean> {
  const rows = await tx`
    insert into erasures (erasure_id, user_id, receipt_hash, requested_at)
    values (${e.erasureId}, ${e.userId}, ${e.receiptHash}, ${e.now}) on conflict (user_id) do nothing returning erasure_id`;
  if (rows.length === 0) return false;
  await tx`
    insert into erasure_answers (erasure_id, service, state) select ${e.erasureId}, unnest(${e.services}::text[]), 'pending'`;
  return true;
}

type NewAnswer = {
  erasureId: string;
  service: string;
  erased: Record<string, number>;
  waitingFor: string | null;
  now: Instant;
};
/** Adds what was erased to what was before; an erasure whose last answer this is, is complete. */
export async function recordAnswer(tx: Tx, a: NewAnswer): Promise<void> {
  await tx`select from erasures where erasure_id = ${a.erasureId} for no key update`;
  await tx`
    update erasure_answers
    set state = ${a.waitingFor === null ? "done" : "waiting"}, waiting_for = ${a.waitingFor}, at = ${a.now},
        erased = (select coalesce(jsonb_object_agg(what, n), '{}') from (
          select what, sum(n) as n from (
            select key as what, value::integer as n from jsonb_each_text(erased)
            union all select key, value::integer from jsonb_each_text(${json(a.erased)}::jsonb)) as both_answers
          group by what) as sums)
    where erasure_id = ${a.erasureId} and service = ${a.service} and state <> 'done'`;
  await tx`
    update erasures set completed_at = ${a.now}
    where erasure_id = ${a.erasureId} and completed_at is null
      and not exists (select 1 from erasure_answers where erasure_id = ${a.erasureId} and state <> 'done')`;
}

type Row = {
  id: string;
  userId: string;
  requestedAt: Instant;
  completedAt: Instant | null;
  service: string;
  state: Answer["state"];
  erased: Record<string, number>;
  waitingFor: string | null;
  at: Instant | null;
};

export const erasureTable = (sql: Sql) => ({
  /** Undefined when there is none. */
  async byId(erasureId: string): Promise<Erasure | undefined> {
    const rows = await sql<Row>`
      select e.erasure_id as id, e.user_id as "userId", e.requested_at as "requestedAt", e.completed_at as "completedAt",
             a.service, a.state, a.erased, a.waiting_for as "waitingFor", a.at
      from erasures e join erasure_answers a using (erasure_id) where e.erasure_id = ${erasureId} order by a.service`;
    return grouped(rows)[0];
  },
  /** Undefined when there is none, or it has another receipt. */
  async byReceipt(erasureId: string, receiptHash: Uint8Array): Promise<Erasure | undefined> {
    const rows = await sql`select from erasures where erasure_id = ${erasureId} and receipt_hash = ${receiptHash}`;
    return rows.length === 1 ? erasureTable(sql).byId(erasureId) : undefined;
  },
  async page({ state, page, limit }: { state?: "pending" | "done" | undefined; page: number; limit: number }) {
    const done = state === undefined ? null : state === "done";
    const [rows, [count]] = await Promise.all([
      sql<Row>`
        select e.erasure_id as id, e.user_id as "userId", e.requested_at as "requestedAt", e.completed_at as "completedAt",
               a.service, a.state, a.erased, a.waiting_for as "waitingFor", a.at
        from (
          select * from erasures where (${done}::boolean is null or (completed_at is not null) = ${done})
          order by requested_at desc, erasure_id limit ${limit} offset ${(page - 1) * limit}) e
        join erasure_answers a using (erasure_id) order by e.requested_at desc, e.erasure_id, a.service`,
      sql<{ total: number }>`
        select count(*) as total from (
          select 1 from erasures where (${done}::boolean is null or (completed_at is not null) = ${done}) limit 100000) as counted`,
    ]);
    return { items: grouped(rows), total: count?.total ?? 0 };
  },
});

function grouped(rows: readonly Row[]): Erasure[] {
  return [...Map.groupBy(rows, ({ id }) => id).values()].flatMap((answers) => {
    const [first] = answers;
    if (!first) return [];
    const { id, userId, requestedAt, completedAt } = first;
    const services = answers.map(({ service, state, erased, waitingFor, at }) => ({
      ...{ service, state, erased, at },
      ...(waitingFor !== null && { waitingFor }),
    }));
    return [{ id, userId, requestedAt, completedAt, state: completedAt === null ? "pending" : "done", services }];
  });
}
