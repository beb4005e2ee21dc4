import { createHmac, randomUUID } from "node:crypto";
import type { Shop } from "./running-shop.ts";

type Parcel = {
  readonly trackingNumber: string;
  readonly status: string;
  readonly lines: readonly { readonly sku: string; readonly quantity: number }[];
};

/** What shipping has of an order; nothing before it has heard of it. */
export async function parcelsOf(shop: Shop, orderId: string): Promise<readonly Parcel[]> {
  const token = await shop.token("support");
  const { status, body } = await shop.http.call<{ parcels: Parcel[] }>("GET", `/v1/orders/${orderId}/shipments`, {
    token,
  });
  return status === 200 ? body.parcels : [];
}

/** The carrier's own notification, signed with the secret that it shares with the shop. */
export async function carrierSays(shop: Shop, trackingNumber: string, ...statuses: readonly string[]): Promise<void> {
  const secret = await shop.secret("SOUK_CARRIER_WEBHOOK_SECRET");
  const seconds = Math.floor(Date.now() / 1_000);
  const events = statuses.map((status, i) => ({
    id: randomUUID(),
    trackingNumber,
    status,
    at: new Date(seconds * 1_000 + i).toISOString(),
  }));
  const raw = JSON.stringify({ events });
  const signature = createHmac("sha256", secret).update(`${seconds}.${raw}`).digest("hex");
  const headers = { "x-carrier-signature": `t=${seconds},v1=${signature}` };
  await shop.http.must("POST", "/v1/webhooks/carriers/simulator", { raw, headers });
}
