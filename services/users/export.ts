import type { ExportedFact } from "@souk/contract/personal-data";
import { answer } from "@souk/http";
import { type Clock, instant, sleep } from "@souk/kernel";
import type { Publish } from "@souk/messaging";
import type { Db, Tx } from "@souk/postgres";
import { newEnvelopeKeys, openEnvelope, type PersonKeys, personOf } from "@souk/service/personal-data";
import type { AddressBook } from "./address-book.ts";
import { users } from "./contract.ts";
import { exportTable, insertExport, type StoredExport } from "./db/exports.ts";
import { accountTable, lockAccount } from "./db/users.ts";
import { errors } from "./errors.ts";
import { contexts, type People } from "./people.ts";
import type { Sessions } from "./sessions.ts";

type Deps = {
  db: Db;
  clock: Clock;
  newId: () => string;
  publish: Publish;
  keys: PersonKeys;
  people: People;
  addresses: AddressBook;
  sessions: Sessions;
  /** The services that answer, by name. */
  keepers: readonly string[];
};

/** Asked for again within this time, the same collection is shown. */
const freshMs = 10 * 60_000;
const keptMs = 3_600_000;
const pollMs = 50;
/** Left of the caller's deadline when waiting ends, so that the answer still reaches it. */
const answerMs = 500;

/**
 * Collects what every service keeps about somebody: asked for by an event, answered by events whose content is sealed to a key that is made
 * for this one export and kept under the person's own. Nothing of it can be read on the bus.
 */
export function dataExport(deps: Deps) {
  const { db, clock, newId, publish, keys, people, addresses, sessions, keepers } = deps;
  const now = () => instant(clock.now());

  const begin = (userId: string) =>
    db.tx(async (tx) => {
      const account = await lockAccount(tx, userId); // of two who ask at once one begins
      if (!account) throw errors.NotFound({ userId });
      const known = await exportTable(tx).newest(userId, instant(clock.now() - freshMs));
      if (known) return known;
      const { publicKey, privateKey } = newEnvelopeKeys();
      const sealedKey = await keys.seal(tx, { userId }, contexts.exportKey, privateKey, now());
      if (!sealedKey) throw errors.NotFound({ userId });
      const [exportId, requestedAt] = [newId(), now()];
      const made = { exportId, publicKey, sealedKey, requestedAt, services: [...keepers] };
      await insertExport(tx, { ...made, userId });
      const addressDigests = account.verifiedAt && account.emailDigest ? [account.emailDigest.toString("hex")] : [];
      const data = { exportId, userId, addressDigests, publicKey };
      await publish(tx, users.events.exportRequested, { subject: exportId, sequence: 1, data });
      return made;
    });

  async function missing({ exportId, services }: StoredExport): Promise<string[]> {
    const whole = await exportTable(db).whole(exportId);
    return services.filter((service) => !whole.includes(service));
  }

  async function opened(userId: string, { exportId, publicKey, sealedKey }: StoredExport) {
    const [[privateKey], parts] = await Promise.all([
      keys.open<string>(db, contexts.exportKey, [{ person: personOf({ userId }), sealed: sealedKey }]),
      exportTable(db).parts(exportId),
    ]);
    if (privateKey === undefined) throw errors.NotFound({ userId });
    const texts = new Map<string, Buffer[]>();
    for (const { service, part, envelope } of parts) {
      const chunk = openEnvelope({ publicKey, privateKey }, `${exportId}/${part}`, envelope);
      texts.set(service, [...(texts.get(service) ?? []), chunk]);
    }
    return Object.fromEntries([...texts].map(([name, chunks]) => [name, JSON.parse(Buffer.concat(chunks).toString())]));
  }

  /** What this service keeps itself. */
  async function own(userId: string) {
    const account = await accountTable(db).byId(userId);
    const [profile, addressList, sessionList] = await Promise.all([
      account && people.user(db, account),
      addresses.all(db, userId),
      sessions.list(userId),
    ]);
    return { profile, addresses: addressList, sessions: sessionList };
  }

  return {
    /** Waits for the services as long as the caller can. */
    async get(userId: string, remainingMs: () => number, signal: AbortSignal) {
      const collection = await begin(userId);
      const { exportId, requestedAt } = collection;
      let left = await missing(collection);
      while (left.length > 0 && remainingMs() > answerMs && !signal.aborted) {
        await sleep(clock, pollMs, signal);
        left = await missing(collection);
      }
      if (left.length > 0) return answer(202, { exportId, requestedAt, missing: left });
      const services = { [users.name]: await own(userId), ...(await opened(userId, collection)) };
      return answer(200, { exportId, userId, requestedAt, services, missing: [] });
    },

    /** What a service answers. */
    answered:
      (service: string) =>
      async ({ data: { exportId, part, parts, sealed } }: { data: ExportedFact }, tx: Tx): Promise<void> => {
        await exportTable(tx).addPart(exportId, { service, part, parts, envelope: sealed });
      },

    sweep: async (): Promise<void> => void (await exportTable(db).sweep(instant(clock.now() - keptMs))),
  };
}
