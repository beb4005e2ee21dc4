import { createHash } from "node:crypto";
import type { ErasedFact } from "@souk/contract/personal-data";
import { page } from "@souk/http";
import { type Clock, instant } from "@souk/kernel";
import type { Publish } from "@souk/messaging";
import type { Db, Tx } from "@souk/postgres";
import type { PersonKeys } from "@souk/service/personal-data";
import type { Audit } from "./audit.ts";
import { users } from "./contract.ts";
import { addressTable } from "./db/addresses.ts";
import { apiKeyTable } from "./db/api-keys.ts";
import { attemptTable } from "./db/attempts.ts";
import { erasureTable, insertErasure, recordAnswer } from "./db/erasures.ts";
import { exportTable } from "./db/exports.ts";
import { deleteLettersOf } from "./db/letters.ts";
import { removeFactor } from "./db/second-factors.ts";
import { sessionTable } from "./db/sessions.ts";
import { type Account, displacedBefore, lockAccount, makeTombstone, otherAdministrators } from "./db/users.ts";
import { errors } from "./errors.ts";

type Deps = {
  db: Db;
  clock: Clock;
  newId: () => string;
  newSecret: (bytes: number) => string;
  publish: Publish;
  keys: PersonKeys;
  audit: Audit;
  /** The services that answer, by name. */
  keepers: readonly string[];
};

const receiptBytes = 24;
const displacedKeptMs = 30 * 86_400_000;
const sweepBatch = 50;
/** Who erases the accounts that lost their address. */
const shop = "the shop";

const hashOf = (receipt: string) => createHash("sha256").update(receipt).digest();

/**
 * Erases people: here at once, everywhere else by an event that each service answers with its own. What remains is the account's id, which
 * by then leads to nobody.
 */
export function erasure({ db, clock, newId, newSecret, publish, keys, audit, keepers }: Deps) {
  const now = () => instant(clock.now());

  async function eraseHere(tx: Tx, { userId, emailDigest }: Account, version: number): Promise<Record<string, number>> {
    await sessionTable(tx).revokeAll([userId], null, now());
    await sessionTable(tx).forgetWhere(userId);
    await deleteLettersOf(tx, userId);
    await removeFactor(tx, userId);
    await exportTable(tx).removeAll(userId);
    if (emailDigest) await attemptTable(tx).forgetCallers(emailDigest);
    const addresses = await addressTable(tx).removeAll(userId);
    const apiKeys = await apiKeyTable(tx).removeAll(userId, now());
    await makeTombstone(tx, userId, version, now());
    await keys.destroy(tx, [{ userId }], now());
    return { accounts: 1, addresses, apiKeys };
  }

  /** @throws errors.NotFound, errors.LastAdministrator */
  const erase = (userId: string, actorId: string) =>
    db.tx(async (tx) => {
      const others = await otherAdministrators(tx, userId);
      const account = await lockAccount(tx, userId);
      if (!account) throw errors.NotFound({ userId });
      if (account.roles.includes("admin") && others === 0) throw errors.LastAdministrator();
      const [erasureId, receipt] = [newId(), newSecret(receiptBytes)];
      const services = [users.name, ...keepers];
      await insertErasure(tx, { erasureId, userId, receiptHash: hashOf(receipt), services, now: now() });
      const version = account.version + 1;
      const erased = await eraseHere(tx, account, version);
      await recordAnswer(tx, { erasureId, service: users.name, erased, waitingFor: null, now: now() });
      await audit.note(tx, actorId, "erased", userId, { erasureId });
      // What a guest ordered under the address is theirs too, if the address is proved to be.
      const addressDigests = account.verifiedAt && account.emailDigest ? [account.emailDigest.toString("hex")] : [];
      const data = { erasureId, userId, addressDigests };
      await publish(tx, users.events.erasureRequested, { subject: userId, sequence: version, data });
      const state = await erasureTable(tx).byId(erasureId);
      if (!state) throw new Error("an erasure that was just made is not there");
      return { ...state, receipt };
    });

  return {
    erase,

    /** What a service answers. */
    answered:
      (service: string) =>
      async ({ data: { erasureId, erased, waitingFor } }: { data: ErasedFact }, tx: Tx) =>
        recordAnswer(tx, { erasureId, service, erased, waitingFor: waitingFor ?? null, now: now() }),

    /** @throws errors.ErasureNotFound: there is none, or it has another receipt */
    async state(erasureId: string, proof: { receipt: string | undefined } | "administrator") {
      const table = erasureTable(db);
      const found =
        proof === "administrator"
          ? await table.byId(erasureId)
          : proof.receipt === undefined
            ? undefined
            : await table.byReceipt(erasureId, hashOf(proof.receipt));
      if (!found) throw errors.ErasureNotFound({ erasureId });
      return found;
    },

    async list({ state, page: number = 1, limit = 20 }: { state?: "pending" | "done"; page?: number; limit?: number }) {
      const found = await erasureTable(db).page({ state, page: number, limit });
      return page({ ...found, page: number, limit }, "/v1/erasures", { state });
    },

    /** Nobody can sign in to an account that lost its address to whoever owns it. */
    async eraseDisplaced(signal: AbortSignal): Promise<void> {
      const before = instant(clock.now() - displacedKeptMs);
      for (const { userId } of await displacedBefore(db, before, sweepBatch)) {
        if (signal.aborted) return;
        await erase(userId, shop);
      }
    },
  };
}
