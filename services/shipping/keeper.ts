import { type Keeper, type PersonKeys, personOf } from "@souk/service/personal-data";
import { type Consignment, consignmentTable } from "./db/consignments.ts";
import { shipmentTable } from "./db/shipments.ts";

/** What is sealed where: sealed for one place, it does not open in another. */
export const addressContext = "shipping.address";
/** Each order's address has a key of its own: one may have to stay while a parcel is under way, and the others go. */
export const keyOf = (orderId: string) => ({ thing: `order:${orderId}` });

/** What this service keeps about people: where their parcels go, for as long as they are on the way. */
export function keeper(keys: PersonKeys): Keeper {
  const bytes = (digests: readonly string[]) => digests.map((digest) => Buffer.from(digest, "hex"));
  const sealedOf = ({ orderId, sealed }: Consignment) => ({ person: personOf(keyOf(orderId)), sealed });

  return {
    async erase(tx, { userId, addressDigests }, requestedAt) {
      const table = consignmentTable(tx);
      const theirs = await table.ofPerson(userId, bytes(addressDigests));
      const left = theirs.filter(({ underWay, awaited }) => underWay + awaited > 0);
      const done = theirs.filter((consignment) => !left.includes(consignment)).map(({ orderId }) => orderId);
      const addresses = await table.forget(done);
      await keys.destroy(tx, done.map(keyOf), requestedAt);
      if (left.length === 0) return { erased: { addresses } };
      const waitingFor = left.some(({ underWay }) => underWay > 0)
        ? "a parcel is under way and needs its address"
        : "goods that an order waits for need its address; cancel the order if they do not come";
      return { erased: { addresses }, waitingFor };
    },

    async collect(sql, { userId, addressDigests }) {
      const theirs = await consignmentTable(sql).ofPerson(userId, bytes(addressDigests));
      const addresses = await keys.open<object>(sql, addressContext, theirs.map(sealedOf));
      const parcels = await Promise.all(theirs.map(({ orderId }) => shipmentTable(sql).ofOrder(orderId)));
      return {
        consignments: theirs.map(({ orderId }, i) => ({
          orderId,
          address: addresses[i] ?? null,
          parcels: (parcels[i] ?? []).map(({ trackingNumber, method, status, lines }) => ({
            trackingNumber,
            method,
            status,
            lines,
          })),
        })),
      };
    },
  };
}
