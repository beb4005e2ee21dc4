import { type Clock, instant } from "@souk/kernel";
import type { Db, Tx } from "@souk/postgres";
import {
  digestMail,
  lockClearContacts,
  lockClearDeliveries,
  lockUndigestedMail,
  sealContact,
  sealDelivery,
} from "./db/legacy.ts";
import { contexts, type Recipients } from "./recipients.ts";

const batch = 200;

/** Seals what a release before 0002_messages.sql kept in the clear. Safe at every start, in every replica. */
export async function sealTheClear(db: Db, recipients: Recipients, clock: Clock): Promise<void> {
  const now = () => instant(clock.now());
  const steps: ((tx: Tx) => Promise<number>)[] = [
    async (tx) => {
      const rows = await lockClearContacts(tx, batch);
      for (const { orderId, number, email } of rows) {
        const { person, key, seal } = await recipients.at(tx, email, null, now());
        await sealContact(tx, orderId, person, key, seal?.(contexts.contact, { number, email, titles: {} }) ?? null);
      }
      return rows.length;
    },
    async (tx) => {
      const rows = await lockClearDeliveries(tx, batch);
      for (const { deliveryId, recipient, facts } of rows) {
        const { person, key, seal } = await recipients.at(tx, recipient, null, now());
        await sealDelivery(tx, deliveryId, person, key, seal?.(contexts.delivery, { recipient, facts }) ?? null);
      }
      return rows.length;
    },
    async (tx) => {
      const rows = await lockUndigestedMail(tx, batch);
      for (const { mailId, to } of rows) await digestMail(tx, mailId, recipients.keyOf(to));
      return rows.length;
    },
  ];
  for (const step of steps) for (let n = batch; n === batch; ) n = await db.tx(step);
}
