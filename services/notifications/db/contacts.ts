import type { Sql, Tx } from "@souk/postgres";
import type { Locale } from "../domain/locale.ts";

export type StoredContact = {
  person: string | null;
  userId: string | null;
  addressDigest: Buffer | null;
  sealed: Buffer | null;
  locale: Locale;
};
type NewContact = {
  orderId: string;
  person: string;
  userId: string | null;
  addressDigest: Uint8Array | null;
  sealed: Uint8Array | null;
  locale: Locale;
};

export const rememberContact = (tx: Tx, c: NewContact) => tx`
  insert into contacts (order_id, person, user_id, address_digest, sealed, locale)
  values (${c.orderId}, ${c.person}, ${c.userId}, ${c.addressDigest}, ${c.sealed}, ${c.locale}) on conflict (order_id) do nothing`;

/** Undefined until an event of the order itself has arrived. */
export async function findContact(sql: Sql, orderId: string): Promise<StoredContact | undefined> {
  const [row] = await sql<StoredContact>`
    select person, user_id as "userId", address_digest as "addressDigest", sealed, locale from contacts where order_id = ${orderId}`;
  return row;
}

/** Takes from contacts who they are; the row stays, so that what comes later finds that there is nobody to write to. */
export async function forgetContacts(tx: Tx, userId: string, addressDigests: readonly Uint8Array[]): Promise<number> {
  const rows = await tx`
    update contacts set sealed = null, address_digest = null, person = null
    where (user_id = ${userId} or address_digest = any(${addressDigests}::bytea[]))
      and (sealed is not null or address_digest is not null)
    returning order_id`;
  return rows.length;
}

export const contactsOf = (sql: Sql, userId: string, addressDigests: readonly Uint8Array[]) => sql<{
  person: string | null;
  sealed: Buffer | null;
}>`
  select person, sealed from contacts where user_id = ${userId} or address_digest = any(${addressDigests}::bytea[])`;

/** What language an account reads; undefined when nothing was heard of it. */
export async function localeOfUser(sql: Sql, userId: string): Promise<Locale | undefined> {
  const [row] = await sql<{ locale: Locale }>`select locale from people where user_id = ${userId}`;
  return row?.locale;
}
export const rememberLocale = (tx: Tx, userId: string, locale: Locale, sequence: number) => tx`
  insert into people (user_id, locale, sequence) values (${userId}, ${locale}, ${sequence})
  on conflict (user_id) do update set locale = excluded.locale, sequence = excluded.sequence
  where people.sequence < excluded.sequence`;
export const forgetLocale = (tx: Tx, userId: string) => tx`delete from people where user_id = ${userId}`;
