import type { Instant } from "@souk/kernel";
import type { Sql, Tx } from "@souk/postgres";
import type { Channel } from "./deliveries.ts";

/** A mail as the server took it. */
type RawMail = { id: string; to: string; raw: Buffer; messageId: string; receivedAt: Instant };
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

export const insertRawMail = (sql: Sql, mail: RawMail, recipientDigest: Uint8Array) => sql`
  insert into sink (mail_id, channel, recipient, recipient_digest, raw, message_id, received_at)
  values (${mail.id}, 'email', ${mail.to}, ${recipientDigest}, ${mail.raw}, ${mail.messageId}, ${mail.receivedAt})`;

/** What is kept: `raw` of a mail, its parts of a text message. */
export type Kept = Mail & { raw: Buffer | null };

/** Undefined when there is none. */
export async function mailById(sql: Sql, mailId: string): Promise<Kept | undefined> {
  const [row] = await sql<Kept>`
    select mail_id as id, channel, recipient as "to", subject, text, html, raw, message_id as "messageId", received_at as "receivedAt"
    from sink where mail_id = ${mailId}`;
  return row;
}

export async function sinkPage(sql: Sql, filter: { to?: string | undefined; page: number; limit: number }) {
  const { to = null, page, limit } = filter;
  const [items, [count]] = await Promise.all([
    sql<Kept>`
      select mail_id as id, channel, recipient as "to", subject, text, html, raw, message_id as "messageId", received_at as "receivedAt"
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
