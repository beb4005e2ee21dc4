import type { ShopClient } from "../shop-client.ts";
import { type Pause, until } from "./until.ts";

type Deps = { shop: ShopClient; operator: () => Promise<string>; pause: Pause };
type Parcel = { trackingNumber: string; status: string };

/** Picks up an order's parcels: those of an import are all picked up. Safe to repeat; of a cancelled order there is nothing to pick up. */
export const collect =
  ({ shop, operator, pause }: Deps) =>
  async (orderId: string): Promise<void> => {
    const parcels = async () => {
      const { status, body } = await shop.call("GET", `/v1/orders/${orderId}/shipments`, { token: await operator() });
      return status === 200 ? (body as { parcels: Parcel[] }).parcels : undefined; // as: the shop's own answer; 404 until shipping has heard of it
    };
    for (const { trackingNumber, status } of await until(`a parcel of order ${orderId}`, parcels, pause))
      if (status === "created")
        await shop.must("POST", `/v1/shipments/${trackingNumber}/collected`, { token: await operator() });
  };
