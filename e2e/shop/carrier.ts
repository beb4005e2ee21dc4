import { createHmac, randomUUID } from "node:crypto";
import { eventually } from "./client.ts";
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
  const now = Date.now();
  const seconds = Math.floor(now / 1_000);
  const events = statuses.map((status, i) => ({
    id: randomUUID(),
    trackingNumber,
    status,
    at: new Date(now + i).toISOString(),
  }));
  const raw = JSON.stringify({ events });
  const signature = createHmac("sha256", secret).update(`${seconds}.${raw}`).digest("hex");
  const headers = { "x-carrier-signature": `t=${seconds},v1=${signature}` };
  const { status, text } = await shop.http.persist("POST", "/v1/webhooks/carriers/simulator", { raw, headers });
  if (status >= 300) throw new Error(`the carrier was answered with ${status}: ${text}`);
}

/** The carrier says so of every parcel that is made of an order. */
export async function carrierBrings(shop: Shop, orderId: string, ...statuses: readonly string[]): Promise<void> {
  const parcels = await eventually("its parcels are made", async () => {
    const made = await parcelsOf(shop, orderId);
    return made.length > 0 && made;
  });
  for (const { trackingNumber } of parcels) await carrierSays(shop, trackingNumber, ...statuses);
}
