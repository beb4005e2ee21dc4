import type { Instant } from "@souk/kernel";
import type { Sql, Tx } from "@souk/postgres";

export type StoredAddress = {
  id: string;
  sealed: Buffer;
  defaultShipping: boolean;
  defaultBilling: boolean;
};
type Defaults = { defaultShipping: boolean; defaultBilling: boolean };

/** Locks the person's account, so that two changes of defaults take turns. Undefined when there is no such account. */
export async function lockAddressBook(tx: Tx, userId: string): Promise<{ count: number } | undefined> {
  const locked = await tx`select from users where user_id = ${userId} and erased_at is null for no key update`;
  if (locked.length === 0) return undefined;
  const [row] = await tx<{ count: number }>`select count(*)::int as count from addresses where user_id = ${userId}`;
  return row;
}

export const clearDefaults = (tx: Tx, userId: string, { defaultShipping, defaultBilling }: Defaults) => tx`
  update addresses set default_shipping = default_shipping and not ${defaultShipping}, default_billing = default_billing and not ${defaultBilling}
  where user_id = ${userId} and ((default_shipping and ${defaultShipping}) or (default_billing and ${defaultBilling}))`;

export const addressTable = (sql: Sql) => ({
  page: (userId: string, limit: number, offset: number) => sql<StoredAddress & { total: number }>`
    select address_id as id, sealed, default_shipping as "defaultShipping", default_billing as "defaultBilling",
           count(*) over ()::int as total
    from addresses where user_id = ${userId} order by created_at, address_id limit ${limit} offset ${offset}`,
  /** Undefined when the person has no such address. */
  async byId(userId: string, addressId: string): Promise<StoredAddress | undefined> {
    const [row] = await sql<StoredAddress>`
      select address_id as id, sealed, default_shipping as "defaultShipping", default_billing as "defaultBilling"
      from addresses where user_id = ${userId} and address_id = ${addressId}`;
    return row;
  },
  insert: (a: Defaults & { addressId: string; userId: string; sealed: Uint8Array; now: Instant }) => sql`
    insert into addresses (address_id, user_id, sealed, default_shipping, default_billing, created_at)
    values (${a.addressId}, ${a.userId}, ${a.sealed}, ${a.defaultShipping}, ${a.defaultBilling}, ${a.now})`,
  update: (a: Defaults & { addressId: string; sealed: Uint8Array }) => sql`
    update addresses set sealed = ${a.sealed}, default_shipping = ${a.defaultShipping}, default_billing = ${a.defaultBilling}
    where address_id = ${a.addressId}`,
  /** Returns false when the person has no such address. */
  async remove(userId: string, addressId: string): Promise<boolean> {
    const rows = await sql`
      delete from addresses where user_id = ${userId} and address_id = ${addressId} returning address_id`;
    return rows.length === 1;
  },
  /** Returns how many. */
  async removeAll(userId: string): Promise<number> {
    return (await sql`delete from addresses where user_id = ${userId} returning address_id`).length;
  },
});
