import type { Instant } from "@souk/kernel";
import type { Sql, Tx } from "@souk/postgres";

type NewConsignment = {
  orderId: string;
  userId: string | null;
  addressDigest: Uint8Array | null;
  sealed: Uint8Array | null;
  /** Units that are sent later, when they have come into stock. */
  awaited: number;
  /** It needs no address, however long it waits. */
  pickup: boolean;
};
/** Returns false when the order has its parcels already, or was cancelled before it got them. */
export async function insertConsignment(tx: Tx, c: NewConsignment): Promise<boolean> {
  const rows = await tx`
    insert into consignments (order_id, cancelled, user_id, address_digest, sealed, awaited, pickup)
    values (${c.orderId}, false, ${c.userId}, ${c.addressDigest}, ${c.sealed}, ${c.awaited}, ${c.pickup}) on conflict (order_id) do nothing returning order_id`;
  return rows.length === 1;
}

/** Bars an order from being sent, whether or not its parcels were made: the unique order id puts this and `insertConsignment` in an order. */
export const barConsignment = (tx: Tx, orderId: string) => tx`
  insert into consignments (order_id, cancelled) values (${orderId}, true)
  on conflict (order_id) do update set cancelled = true, awaited = 0`;

/** Takes units that have come off what an order waits for. Returns whether they are to be sent; undefined when the order is not known here. */
export async function takeAwaited(tx: Tx, orderId: string, units: number): Promise<boolean | undefined> {
  const [row] = await tx<{ cancelled: boolean }>`
    update consignments set awaited = greatest(awaited - ${units}, 0) where order_id = ${orderId} returning cancelled`;
  return row && !row.cancelled;
}

export type Consignment = { orderId: string; sealed: Buffer | null };

export const consignmentTable = (sql: Sql) => ({
  /** Undefined when there is none. */
  async byOrder(orderId: string): Promise<Consignment | undefined> {
    const [row] =
      await sql<Consignment>`select order_id as "orderId", sealed from consignments where order_id = ${orderId}`;
    return row;
  },
  /** A person's, with what of them still needs their address: parcels under way, and units that are not in one yet. */
  ofPerson: (userId: string, addressDigests: readonly Uint8Array[]) => sql<
    Consignment & { underWay: number; awaited: number }
  >`
    select order_id as "orderId", sealed, case when pickup then 0 else awaited end as awaited,
           case when pickup then 0 else (
             select count(*) from shipments s
             where s.order_id = c.order_id and s.status in ('created', 'dispatched', 'in_transit')) end::integer as "underWay"
    from consignments c where user_id = ${userId} or address_digest = any(${addressDigests}::bytea[]) order by order_id`,
  /** Takes from consignments where they went, and whose they were. Returns how many had something to take. */
  async forget(orderIds: readonly string[]): Promise<number> {
    const rows = await sql`
      update consignments set sealed = null, address_digest = null
      where order_id = any(${orderIds}::uuid[]) and (sealed is not null or address_digest is not null) returning order_id`;
    return rows.length;
  },
  /** Orders whose parcels all ended, or wait to be picked up, since before `before`: where they went is not needed any more. */
  arrivedBefore: (before: Instant, limit: number) => sql<{ orderId: string }>`
    select order_id as "orderId" from consignments c
    where sealed is not null and awaited = 0 and not exists (
      select 1 from shipments s where s.order_id = c.order_id and (
        (s.status in ('created', 'dispatched', 'in_transit') and s.method <> 'pickup')
        or exists (select 1 from shipment_events e where e.shipment_id = s.shipment_id and e.at >= ${before})))
    limit ${limit}`,
});
