import type { Instant } from "@souk/kernel";
import type { Sql, Tx } from "@souk/postgres";

export type Webhook = { webhookId: string; chargeKey: string; type: WebhookType; attempts: number };
export type WebhookType =
  | "charge.succeeded"
  | "charge.authenticated"
  | "charge.expired"
  | "charge.voided"
  | "charge.dispute.created"
  | "charge.dispute.closed";

export const insertWebhooks = (
  sql: Sql,
  chargeKey: string,
  type: WebhookType,
  webhooks: readonly { webhookId: string; dueAt: Instant }[],
) => sql`
  insert into webhooks (webhook_id, charge_key, type, due_at)
  select webhook_id, ${chargeKey}, ${type}, due_at
  from unnest(${webhooks.map((w) => w.webhookId)}::text[], ${webhooks.map((w) => w.dueAt)}::timestamptz[]) as w(webhook_id, due_at)`;

/** Takes due webhooks for `leaseUntil`: one that is not marked as sent by then is taken again. */
export const takeDue = (tx: Tx, now: Instant, leaseUntil: Instant, limit: number): Promise<Webhook[]> => tx<Webhook>`
  update webhooks set due_at = ${leaseUntil}, attempts = attempts + 1
  where webhook_id in (select webhook_id from webhooks where sent_at is null and due_at <= ${now} order by due_at limit ${limit} for update skip locked)
  returning webhook_id as "webhookId", charge_key as "chargeKey", type, attempts`;

export const markSent = (sql: Sql, webhookId: string, now: Instant) =>
  sql`update webhooks set sent_at = ${now} where webhook_id = ${webhookId}`;

export const postpone = (sql: Sql, webhookId: string, dueAt: Instant) =>
  sql`update webhooks set due_at = ${dueAt} where webhook_id = ${webhookId}`;
