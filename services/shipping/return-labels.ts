import { type Clock, instant } from "@souk/kernel";
import type { Publish } from "@souk/messaging";
import type { Db } from "@souk/postgres";
import { type PersonKeys, personOf } from "@souk/service/personal-data";
import { type Address, shipping } from "./contract.ts";
import { consignmentTable } from "./db/consignments.ts";
import { insertReturnParcel, type ReturnParcel, returnParcelTable } from "./db/return-parcels.ts";
import { errors } from "./errors.ts";
import { addressContext, keyOf } from "./keeper.ts";
import { labelPage } from "./label-page.ts";

type Deps = {
  db: Db;
  clock: Clock;
  publish: Publish;
  keys: PersonKeys;
  newSecret: (bytes: number) => string;
  newTrackingNumber: () => string;
  /** Lines of the address that returns go to. */
  returnAddress: readonly string[];
  labelValidMs: number;
};
type Wanted = { returnId: string; orderId: string; lines: ReturnParcel["lines"] };

const codeBytes = 18;

/** Labels with which customers send back what they may return. */
export function returnLabels(deps: Deps) {
  const { db, clock, publish, keys, newSecret, newTrackingNumber, returnAddress, labelValidMs } = deps;
  const answerOf = ({ returnId, trackingNumber, code, validUntil }: ReturnParcel) => ({
    ...{ returnId, trackingNumber, validUntil },
    labelPath: `/return-labels/${code}`,
  });

  return {
    /** One label for each return, however often it is asked for; told when it is made. */
    async make({ returnId, orderId, lines }: Wanted) {
      const now = clock.now();
      const made: ReturnParcel = {
        ...{ returnId, orderId, lines, trackingNumber: newTrackingNumber(), code: newSecret(codeBytes) },
        validUntil: instant(now + labelValidMs),
      };
      const isNew = await db.tx(async (tx) => {
        if (!(await insertReturnParcel(tx, made, instant(now)))) return false;
        const data = { ...answerOf(made), orderId, lines };
        await publish(tx, shipping.events.returnLabelMade, { subject: returnId, sequence: 1, data });
        return true;
      });
      const parcel = isNew ? made : await returnParcelTable(db).byReturn(returnId);
      if (!parcel) throw new Error("a return parcel that was there is gone");
      return answerOf(parcel);
    },

    /** @throws errors.LabelNotFound */
    async page(code: string): Promise<string> {
      const parcel = await returnParcelTable(db).byCode(code);
      if (!parcel) throw errors.LabelNotFound();
      const { orderId } = parcel;
      const consignment = await consignmentTable(db).byOrder(orderId);
      const sealed = { person: personOf(keyOf(orderId)), sealed: consignment?.sealed ?? null };
      const [from] = await keys.open<Address>(db, addressContext, [sealed]);
      return labelPage({ parcel, from, to: returnAddress });
    },
  };
}
export type ReturnLabels = ReturnType<typeof returnLabels>;
