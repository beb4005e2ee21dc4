import type { Handler } from "@souk/messaging";
import type { orders } from "@souk/orders/contract";
import type { AddressDigest, PersonKeys } from "@souk/service/personal-data";
import { insertConsignment } from "../db/consignments.ts";
import { less } from "../domain/packing.ts";
import { addressContext, keyOf } from "../keeper.ts";
import type { MakeParcels } from "../parcels.ts";

type Deps = { makeParcels: MakeParcels; keys: PersonKeys; digest: AddressDigest };

/** Makes the parcels of an order that is paid, of what is in stock. */
export const createShipment =
  ({ makeParcels, keys, digest }: Deps): Handler<typeof orders.events.confirmed> =>
  async ({ data, time }, tx) => {
    const { orderId, customerId, email, shippingMethod, lines, shippingAddress, backordered = [] } = data;
    const sealed = (await keys.seal(tx, keyOf(orderId), addressContext, shippingAddress, time)) ?? null;
    const addressDigest = Buffer.from(digest(email), "hex");
    const awaited = backordered.reduce((units, { quantity }) => units + quantity, 0);
    const pickup = shippingMethod === "pickup";
    // False: made before, or cancelled before we heard of it. Nothing is to be sent.
    if (!(await insertConsignment(tx, { orderId, userId: customerId, addressDigest, sealed, awaited, pickup }))) return;
    await makeParcels(tx, orderId, shippingMethod, less(lines, backordered));
  };
