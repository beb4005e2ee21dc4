import type { Instant } from "@souk/kernel";
import type { Sql } from "@souk/postgres";

export type Mail = { id: string; to: string; subject: string; text: string; messageId: string; receivedAt: Instant };

export const insertMail = (sql: Sql, mail: Mail) => sql`
  insert into sink (mail_id, recipient, subject, text, message_id, received_at)
  values (${mail.id}, ${mail.to}, ${mail.subject}, ${mail.text}, ${mail.messageId}, ${mail.receivedAt})`;

export async function sinkPage(sql: Sql, filter: { to?: string | undefined; page: number; limit: number }) {
  const { to = null, page, limit } = filter;
  const [items, [count]] = await Promise.all([
    sql<Mail>`
      select mail_id as id, recipient as "to", subject, text, message_id as "messageId", received_at as "receivedAt"
      from sink where (${to}::text is null or recipient = ${to})
      order by received_at desc, mail_id limit ${limit} offset ${(page - 1) * limit}`,
    sql<{ total: number }>`
      select count(*) as total from (select 1 from sink where (${to}::text is null or recipient = ${to}) limit 100000) as counted`,
  ]);
  return { items, total: count?.total ?? 0 };
}
