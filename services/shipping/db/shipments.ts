import type { Instant } from "@souk/kernel";
import { json, type Sql, type Tx } from "@souk/postgres";
import type { Status } from "../domain/journey.ts";

export type Line = { sku: string; quantity: number };
export type Method = "standard" | "express" | "pickup";
export type Shipment = {
  shipmentId: string;
  orderId: string;
  trackingNumber: string;
  method: Method;
  status: Status;
  lines: Line[];
  weightGrams: number;
  /** Events published so far: the sequence of the last one. */
  published: number;
};

export const shipmentTable = (sql: Sql) => ({
  /** Undefined when no shipment has that number. */
  async byTrackingNumber(trackingNumber: string) {
    const [row] = await sql<{
      trackingNumber: string;
      status: Status;
      method: Method;
      weightGrams: number;
      events: { status: Status; at: Instant }[];
    }>`
      select tracking_number as "trackingNumber", status, method, weight_grams as "weightGrams",
             (select coalesce(json_agg(json_build_object('status', e.status, 'at', to_char(e.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
                     order by e.at), '[]') from shipment_events e where e.shipment_id = s.shipment_id) as events
      from shipments s where tracking_number = ${trackingNumber}`;
    return row;
  },

  /** The parcels of an order. */
  ofOrder: (orderId: string) => sql<Shipment>`
    select shipment_id as "shipmentId", order_id as "orderId", tracking_number as "trackingNumber", method, status, lines,
           weight_grams as "weightGrams", published
    from shipments where order_id = ${orderId} order by shipment_id`,
});

/** Records a parcel and hands it to the simulated carrier, which fetches it at `fetchAt`; null: never. */
export const insertShipment = (
  tx: Tx,
  s: Omit<Shipment, "status" | "published">,
  { now, fetchAt }: { now: Instant; fetchAt: Instant | null },
) => tx`
  with parcel as (
    insert into shipments (shipment_id, order_id, tracking_number, method, status, lines, weight_grams)
    values (${s.shipmentId}, ${s.orderId}, ${s.trackingNumber}, ${s.method}, 'created', ${json(s.lines)}, ${s.weightGrams})
  ), handed_over as (
    insert into carrier_parcels (tracking_number, status, next_at) values (${s.trackingNumber}, 'created', ${fetchAt})
  )
  insert into shipment_events (shipment_id, status, at) values (${s.shipmentId}, 'created', ${now})`;

/** Locked until the transaction ends; undefined when it is not one of ours. */
export async function lockShipment(tx: Tx, trackingNumber: string): Promise<Shipment | undefined> {
  const [row] = await tx<Shipment>`
    select shipment_id as "shipmentId", order_id as "orderId", tracking_number as "trackingNumber", method, status, lines,
           weight_grams as "weightGrams", published
    from shipments where tracking_number = ${trackingNumber} for update`;
  return row;
}

export const moveTo = (tx: Tx, shipmentId: string, leg: { status: Status; published: number; at: Instant }) => tx`
  with moved as (
    update shipments set status = ${leg.status}, published = ${leg.published} where shipment_id = ${shipmentId}
  )
  insert into shipment_events (shipment_id, status, at) values (${shipmentId}, ${leg.status}, ${leg.at}) on conflict do nothing`;

/** Those of an order that have not left, locked; whatever else there is has. */
export const lockParcelsOf = (tx: Tx, orderId: string): Promise<Shipment[]> => tx<Shipment>`
  select shipment_id as "shipmentId", order_id as "orderId", tracking_number as "trackingNumber", method, status, lines,
         weight_grams as "weightGrams", published
  from shipments where order_id = ${orderId} order by tracking_number for update`;
