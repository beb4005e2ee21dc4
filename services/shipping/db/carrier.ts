import type { Instant } from "@souk/kernel";
import type { Sql, Tx } from "@souk/postgres";
import type { Status } from "../domain/journey.ts";

/** Takes a parcel back; false when the carrier has fetched it, whether or not it has told so. */
export async function takeBack(tx: Tx, trackingNumber: string): Promise<boolean> {
  const rows = await tx`
    update carrier_parcels set status = 'cancelled', next_at = null
    where tracking_number = ${trackingNumber} and status in ('created', 'cancelled') returning tracking_number`;
  return rows.length === 1;
}

export type CarrierParcel = { trackingNumber: string; status: Status };
/** Due parcels, locked until the transaction ends; another replica skips them. */
export const lockDue = (tx: Tx, now: Instant, limit: number): Promise<CarrierParcel[]> => tx<CarrierParcel>`
  select tracking_number as "trackingNumber", status from carrier_parcels
  where next_at <= ${now} order by next_at limit ${limit} for update skip locked`;

export type TrackingEvent = { id: string; trackingNumber: string; status: Status; at: Instant };
export const moveParcel = (tx: Tx, event: TrackingEvent, nextAt: Instant | null) => tx`
  with moved as (
    update carrier_parcels set status = ${event.status}, next_at = ${nextAt} where tracking_number = ${event.trackingNumber}
  )
  insert into carrier_events (event_id, tracking_number, status, at, due_at)
  values (${event.id}, ${event.trackingNumber}, ${event.status}, ${event.at}, ${event.at})`;

/** Takes what is yet to be told until `leaseUntil`: what is not removed by then is taken again. The oldest first. */
export async function takeUntold(sql: Sql, now: Instant, leaseUntil: Instant, limit: number) {
  const rows = await sql<TrackingEvent & { attempts: number }>`
    update carrier_events set due_at = ${leaseUntil}, attempts = attempts + 1
    where event_id in (
      select event_id from carrier_events where due_at <= ${now} order by at, event_id limit ${limit} for update skip locked)
    returning event_id as id, tracking_number as "trackingNumber", status, at, attempts`;
  return rows.toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}
export const removeTold = (sql: Sql, ids: readonly string[]) =>
  sql`delete from carrier_events where event_id = any(${ids}::uuid[])`;
export const postponeTold = (sql: Sql, ids: readonly string[], dueAt: Instant) => sql`
  update carrier_events set due_at = ${dueAt} where event_id = any(${ids}::uuid[])`;
