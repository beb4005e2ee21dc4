import type { Instant } from "@souk/kernel";
import type { Sql, Tx } from "@souk/postgres";

export type Endpoint = {
  id: string;
  url: string;
  description: string;
  types: string[];
  status: "active" | "disabled";
  disabledWhy: string | null;
  previousUntil: Instant | null;
  failingSince: Instant | null;
  createdAt: Instant;
};
export type Delivery = {
  id: string;
  eventId: string;
  type: string;
  status: "pending" | "delivered" | "failed";
  tries: number;
  createdAt: Instant;
  endedAt: Instant | null;
  nextTryAt: Instant | null;
};
export type Attempt = { at: Instant; status: number | null; error: string | null; durationMs: number };

export const endpointTable = (sql: Sql) => ({
  insert: (e: Pick<Endpoint, "id" | "url" | "description" | "types" | "createdAt"> & { secret: Uint8Array }) => sql`
    insert into webhook_endpoints (endpoint_id, url, description, types, status, secret, created_at)
    values (${e.id}, ${e.url}, ${e.description}, ${e.types}, 'active', ${e.secret}, ${e.createdAt})`,
  page: (limit: number, offset: number) => sql<Endpoint & { total: number }>`
    select endpoint_id as id, url, description, types, status, disabled_why as "disabledWhy", previous_until as "previousUntil",
           failing_since as "failingSince", created_at as "createdAt", count(*) over ()::int as total
    from webhook_endpoints order by created_at, endpoint_id limit ${limit} offset ${offset}`,
  /** Undefined when there is none. */
  async byId(endpointId: string): Promise<Endpoint | undefined> {
    const [row] = await sql<Endpoint>`
      select endpoint_id as id, url, description, types, status, disabled_why as "disabledWhy", previous_until as "previousUntil",
             failing_since as "failingSince", created_at as "createdAt"
      from webhook_endpoints where endpoint_id = ${endpointId}`;
    return row;
  },
  async count(): Promise<number> {
    const [row] = await sql<{ n: number }>`select count(*)::int as n from webhook_endpoints`;
    return row?.n ?? 0;
  },
  change: (e: Pick<Endpoint, "id" | "url" | "description" | "types">) => sql`
    update webhook_endpoints set url = ${e.url}, description = ${e.description}, types = ${e.types} where endpoint_id = ${e.id}`,
  /** Begins anew: what failed before is forgotten. */
  enable: (endpointId: string) => sql`
    update webhook_endpoints set status = 'active', disabled_why = null, failures = 0, failing_since = null where endpoint_id = ${endpointId}`,
  rotate: (endpointId: string, secret: Uint8Array, previousUntil: Instant) => sql`
    update webhook_endpoints set previous_secret = secret, previous_until = ${previousUntil}, secret = ${secret}
    where endpoint_id = ${endpointId}`,
  /** Returns false when there is none. */
  async remove(endpointId: string): Promise<boolean> {
    return (
      (await sql`delete from webhook_endpoints where endpoint_id = ${endpointId} returning endpoint_id`).length === 1
    );
  },
});

/** Disables it, and gives up what was still to be sent; returns false when it was disabled before. */
export async function disable(tx: Tx, endpointId: string, why: string, now: Instant): Promise<boolean> {
  const rows = await tx`
    update webhook_endpoints set status = 'disabled', disabled_why = ${why} where endpoint_id = ${endpointId} and status = 'active'
    returning endpoint_id`;
  if (rows.length === 0) return false;
  await tx`
    update webhook_deliveries set status = 'failed', ended_at = ${now} where endpoint_id = ${endpointId} and status = 'pending'`;
  return true;
}

/** One delivery for each active endpoint that wants events of the type, whether or not there is any. */
export const fanOut = (tx: Tx, d: { eventId: string; type: string; body: string; now: Instant }) => tx`
  insert into webhook_deliveries (delivery_id, endpoint_id, event_id, type, body, due_at, created_at)
  select gen_random_uuid(), endpoint_id, ${d.eventId}, ${d.type}, ${d.body}, ${d.now}, ${d.now}
  from webhook_endpoints where status = 'active' and types @> array[${d.type}]::text[]
  on conflict (endpoint_id, event_id) do nothing`;
/** One for one endpoint, whatever it wants. */
export const sendTo = (
  sql: Sql,
  d: { deliveryId: string; endpointId: string; eventId: string; type: string; body: string; now: Instant },
) => sql`
  insert into webhook_deliveries (delivery_id, endpoint_id, event_id, type, body, due_at, created_at)
  values (${d.deliveryId}, ${d.endpointId}, ${d.eventId}, ${d.type}, ${d.body}, ${d.now}, ${d.now})`;

export type Due = {
  deliveryId: string;
  endpointId: string;
  eventId: string;
  body: string;
  tries: number;
  url: string;
  secret: Buffer;
  /** Null once its time is over. */
  previousSecret: Buffer | null;
};
/** Takes due ones until `leaseUntil`: one that has not ended by then is taken again. At most `perEndpoint` of one endpoint. */
export const takeDue = (sql: Sql, now: Instant, leaseUntil: Instant, limit: number, perEndpoint: number) => sql<Due>`
  with due as (
    select delivery_id, row_number() over (partition by endpoint_id order by due_at, delivery_id) as turn
    from webhook_deliveries where status = 'pending' and due_at <= ${now}),
  taken as (
    select delivery_id from webhook_deliveries where delivery_id in (select delivery_id from due where turn <= ${perEndpoint} limit ${limit})
    and status = 'pending' and due_at <= ${now} for update skip locked)
  update webhook_deliveries d set due_at = ${leaseUntil}, tries = tries + 1
  from webhook_endpoints e where e.endpoint_id = d.endpoint_id and d.delivery_id in (select delivery_id from taken)
  returning d.delivery_id as "deliveryId", d.endpoint_id as "endpointId", d.event_id as "eventId", d.body, d.tries, e.url, e.secret,
            case when e.previous_until > ${now} then e.previous_secret end as "previousSecret"`;

export const recordAttempt = (tx: Tx, deliveryId: string, attempt: Attempt) => tx`
  insert into webhook_attempts (delivery_id, at, status, error, duration_ms)
  values (${deliveryId}, ${attempt.at}, ${attempt.status}, ${attempt.error}, ${attempt.durationMs})`;
/** Returns false when it is not pending any more, or gone. */
export async function endDelivery(
  tx: Tx,
  deliveryId: string,
  status: "delivered" | "failed",
  now: Instant,
): Promise<boolean> {
  const rows = await tx`
    update webhook_deliveries set status = ${status}, ended_at = ${now} where delivery_id = ${deliveryId} and status = 'pending'
    returning delivery_id`;
  return rows.length === 1;
}
export const postponeDelivery = (tx: Tx, deliveryId: string, dueAt: Instant) => tx`
  update webhook_deliveries set due_at = ${dueAt} where delivery_id = ${deliveryId}`;
export const endpointWorks = (tx: Tx, endpointId: string) => tx`
  update webhook_endpoints set failures = 0, failing_since = null where endpoint_id = ${endpointId} and failing_since is not null`;
/** How often and since when the endpoint has failed, without a success between. */
export async function endpointFailed(tx: Tx, endpointId: string, now: Instant) {
  const [row] = await tx<{ failures: number; failingSince: Instant; url: string }>`
    update webhook_endpoints set failures = failures + 1, failing_since = coalesce(failing_since, ${now}) where endpoint_id = ${endpointId}
    returning failures, failing_since as "failingSince", url`;
  return row;
}

export const webhookLog = (sql: Sql) => ({
  async page(endpointId: string, filter: { status?: Delivery["status"] | undefined; page: number; limit: number }) {
    const { status = null, page, limit } = filter;
    const [items, [count]] = await Promise.all([
      sql<Delivery>`
        select delivery_id as id, event_id as "eventId", type, status, tries, created_at as "createdAt", ended_at as "endedAt",
               case when status = 'pending' then due_at end as "nextTryAt"
        from webhook_deliveries where endpoint_id = ${endpointId} and (${status}::text is null or status = ${status})
        order by created_at desc, delivery_id limit ${limit} offset ${(page - 1) * limit}`,
      sql<{ total: number }>`
        select count(*) as total from (
          select 1 from webhook_deliveries where endpoint_id = ${endpointId} and (${status}::text is null or status = ${status})
          limit 100000) as counted`,
    ]);
    return { items, total: count?.total ?? 0 };
  },
  /** Undefined when there is none. */
  async byId(deliveryId: string): Promise<(Delivery & { body: string }) | undefined> {
    const [row] = await sql<Delivery & { body: string }>`
      select delivery_id as id, event_id as "eventId", type, status, tries, created_at as "createdAt", ended_at as "endedAt",
             case when status = 'pending' then due_at end as "nextTryAt", body
      from webhook_deliveries where delivery_id = ${deliveryId}`;
    return row;
  },
  attempts: (deliveryId: string) => sql<Attempt>`
    select at, status, error, duration_ms as "durationMs" from webhook_attempts where delivery_id = ${deliveryId} order by attempt_id desc limit 100`,
  /** Returns false when there is none, or its endpoint is disabled. */
  async again(deliveryId: string, now: Instant): Promise<boolean> {
    const rows = await sql`
      update webhook_deliveries d set status = 'pending', tries = 0, due_at = ${now}, ended_at = null
      from webhook_endpoints e where e.endpoint_id = d.endpoint_id and e.status = 'active' and d.delivery_id = ${deliveryId}
      returning d.delivery_id`;
    return rows.length === 1;
  },
  sweep: (before: Instant) => sql`
    delete from webhook_deliveries where delivery_id in (
      select delivery_id from webhook_deliveries where created_at < ${before} and status <> 'pending' limit 1000)`,
});
