import type { Instant } from "@souk/kernel";
import { json, type Sql, type Tx } from "@souk/postgres";
import type { Rate } from "../contract.ts";
import type { Status } from "../domain/journey.ts";

export type Line = { sku: string; quantity: number };
export type Shipment = {
  shipmentId: string;
  orderId: string;
  trackingNumber: string;
  method: "standard" | "express" | "pickup";
  status: Status;
  lines: Line[];
  published: number;
};

export const shipmentTable = (sql: Sql) => ({
  /** Undefined when no shipment has that number. */
  async byTrackingNumber(trackingNumber: string) {
    const [row] = await sql<{
      trackingNumber: string;
      status: Status;
      method: Shipment["method"];
      events: { status: Status; at: Instant }[];
    }>`
      select tracking_number as "trackingNumber", status, method,
             (select coalesce(json_agg(json_build_object('status', e.status, 'at', to_char(e.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
                     order by e.at), '[]') from shipment_events e where e.shipment_id = s.shipment_id) as events
      from shipments s where tracking_number = ${trackingNumber}`;
    return row;
  },

  async rates(): Promise<Rate[]> {
    const [row] = await sql<{ rates: Rate[] }>`select rates from rate_table`;
    return row?.rates ?? [];
  },
});

/** Returns false when the order has a shipment already, or was cancelled before it got one. */
export async function insertShipment(
  tx: Tx,
  shipment: Omit<Shipment, "status" | "published">,
  times: { now: Instant; nextAt: Instant },
): Promise<boolean> {
  const { shipmentId, orderId, trackingNumber, method, lines } = shipment;
  const rows = await tx`
    with made as (
      insert into shipments (shipment_id, order_id, tracking_number, method, status, lines, next_at)
      values (${shipmentId}, ${orderId}, ${trackingNumber}, ${method}, 'created', ${json(lines)}, ${times.nextAt})
      on conflict (order_id) do nothing returning shipment_id)
    insert into shipment_events (shipment_id, status, at) select shipment_id, 'created', ${times.now} from made returning shipment_id`;
  return rows.length === 1;
}

/**
 * Bars an order from being sent, whether or not its shipment was made: the unique order id puts this and `insertShipment` in an order.
 * Returns false when the parcel has left.
 */
export async function cancelShipment(
  tx: Tx,
  shipment: Pick<Shipment, "shipmentId" | "orderId" | "trackingNumber">,
  now: Instant,
): Promise<boolean> {
  const rows = await tx<{ shipmentId: string }>`
    insert into shipments as s (shipment_id, order_id, tracking_number, method, status, lines)
    values (${shipment.shipmentId}, ${shipment.orderId}, ${shipment.trackingNumber}, 'standard', 'cancelled', '[]')
    on conflict (order_id) do update set status = 'cancelled', next_at = null where s.status in ('created', 'cancelled')
    returning shipment_id as "shipmentId"`;
  const [cancelled] = rows;
  if (!cancelled) return false;
  await tx`
    insert into shipment_events (shipment_id, status, at) values (${cancelled.shipmentId}, 'cancelled', ${now}) on conflict do nothing`;
  return true;
}

/** Due parcels, locked until the transaction ends; another replica skips them. */
export const lockDue = (tx: Tx, now: Instant, limit: number): Promise<Shipment[]> => tx<Shipment>`
  select shipment_id as "shipmentId", order_id as "orderId", tracking_number as "trackingNumber", method, status, lines, published
  from shipments where next_at <= ${now} order by next_at limit ${limit} for update skip locked`;

export async function moveTo(
  tx: Tx,
  shipmentId: string,
  leg: { status: Status; published: number; now: Instant; nextAt: Instant | null },
) {
  await Promise.all([
    tx`update shipments set status = ${leg.status}, published = ${leg.published}, next_at = ${leg.nextAt} where shipment_id = ${shipmentId}`,
    tx`insert into shipment_events (shipment_id, status, at) values (${shipmentId}, ${leg.status}, ${leg.now})`,
  ]);
}

/** Marks the newest rates as published and returns them; undefined when they were. */
export async function takeUnpublishedRates(tx: Tx): Promise<{ rates: Rate[]; version: number } | undefined> {
  const [row] = await tx<{ rates: Rate[]; version: number }>`
    update rate_table set published = version where published < version returning rates, version`;
  return row;
}
