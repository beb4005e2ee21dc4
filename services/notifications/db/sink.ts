import type { Instant } from "@souk/kernel";
import type { Sql, Tx } from "@souk/postgres";
import type { Channel } from "./deliveries.ts";

export type Mail = {
  id: string;
  channel: Channel;
  to: string;
  subject: string;
  text: string;
  html: string;
  messageId: string;
  receivedAt: Instant;
};

export const insertMail = (sql: Sql, mail: Mail, recipientDigest: Uint8Array) => sql`
  insert into sink (mail_id, channel, recipient, recipient_digest, subject, text, html, message_id, received_at)
  values (${mail.id}, ${mail.channel}, ${mail.to}, ${recipientDigest}, ${mail.subject}, ${mail.text}, ${mail.html}, ${mail.messageId}, ${mail.receivedAt})`;

/** Undefined when there is none. */
export async function mailById(sql: Sql, mailId: string): Promise<Mail | undefined> {
  const [row] = await sql<Mail>`
    select mail_id as id, channel, recipient as "to", subject, text, html, message_id as "messageId", received_at as "receivedAt"
    from sink where mail_id = ${mailId}`;
  return row;
}

export async function sinkPage(sql: Sql, filter: { to?: string | undefined; page: number; limit: number }) {
  const { to = null, page, limit } = filter;
  const [items, [count]] = await Promise.all([
    sql<Omit<Mail, "html">>`
      select mail_id as id, channel, recipient as "to", subject, text, message_id as "messageId", received_at as "receivedAt"
      from sink where (${to}::text is null or recipient = ${to})
      order by received_at desc, mail_id limit ${limit} offset ${(page - 1) * limit}`,
    sql<{ total: number }>`
      select count(*) as total from (select 1 from sink where (${to}::text is null or recipient = ${to}) limit 100000) as counted`,
  ]);
  return { items, total: count?.total ?? 0 };
}

/** Returns how many. */
export async function forgetMail(tx: Tx, recipientDigests: readonly Uint8Array[], before: Instant): Promise<number> {
  const rows = await tx`
    delete from sink where recipient_digest = any(${recipientDigests}::bytea[]) and received_at <= ${before} returning mail_id`;
  return rows.length;
}
