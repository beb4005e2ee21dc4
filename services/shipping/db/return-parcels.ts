import type { Instant } from "@souk/kernel";
import { json, type Sql, type Tx } from "@souk/postgres";
import type { Status } from "../domain/journey.ts";
import type { Line } from "./shipments.ts";

export type ReturnParcel = {
  returnId: string;
  orderId: string;
  trackingNumber: string;
  code: string;
  lines: Line[];
  validUntil: Instant;
};
type Tracked = { status: Status; events: { status: Status; at: Instant }[] };

/** Returns false when the return has its label. */
export async function insertReturnParcel(tx: Tx, r: ReturnParcel, now: Instant): Promise<boolean> {
  const rows = await tx`
    insert into return_parcels (return_id, order_id, tracking_number, code, lines, valid_until, status, events)
    values (${r.returnId}, ${r.orderId}, ${r.trackingNumber}, ${r.code}, ${json(r.lines)}, ${r.validUntil}, 'created',
            ${json([{ status: "created", at: now }])})
    on conflict (return_id) do nothing returning return_id`;
  return rows.length === 1;
}

export const returnParcelTable = (sql: Sql) => ({
  async byReturn(returnId: string): Promise<ReturnParcel | undefined> {
    const [row] = await sql<ReturnParcel>`
      select return_id as "returnId", order_id as "orderId", tracking_number as "trackingNumber", code, lines, valid_until as "validUntil"
      from return_parcels where return_id = ${returnId}`;
    return row;
  },
  async byCode(code: string): Promise<ReturnParcel | undefined> {
    const [row] = await sql<ReturnParcel>`
      select return_id as "returnId", order_id as "orderId", tracking_number as "trackingNumber", code, lines, valid_until as "validUntil"
      from return_parcels where code = ${code}`;
    return row;
  },
  async byTrackingNumber(trackingNumber: string) {
    const [row] = await sql<Tracked & { trackingNumber: string }>`
      select tracking_number as "trackingNumber", status, events from return_parcels where tracking_number = ${trackingNumber}`;
    return row;
  },
});

/** Locked until the transaction ends; undefined when it is not one of ours. */
export async function lockReturnParcel(tx: Tx, trackingNumber: string): Promise<Tracked | undefined> {
  const [row] = await tx<Tracked>`
    select status, events from return_parcels where tracking_number = ${trackingNumber} for update`;
  return row;
}
export const moveReturnParcel = (tx: Tx, trackingNumber: string, { status, events }: Tracked) => tx`
  update return_parcels set status = ${status}, events = ${json(events)} where tracking_number = ${trackingNumber}`;
