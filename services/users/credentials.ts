import { type Clock, instant } from "@souk/kernel";
import type { Publish } from "@souk/messaging";
import type { Db, Tx } from "@souk/postgres";
import { normalAddress } from "@souk/service/personal-data";
import { users } from "./contract.ts";
import { markUsed, voidTokens } from "./db/letters.ts";
import { sessionTable } from "./db/sessions.ts";
import { type Account, accountTable, displaceOthers, lockAccount, markVerified, takeAddress } from "./db/users.ts";
import { errors } from "./errors.ts";
import type { Letters } from "./letters.ts";
import type { Passwords } from "./password.ts";
import type { People } from "./people.ts";
import type { Throttle } from "./throttle.ts";

type Deps = {
  db: Db;
  clock: Clock;
  publish: Publish;
  people: People;
  passwords: Passwords;
  letters: Letters;
  throttle: Throttle;
};

const tokenKinds = ["welcome", "verify-address", "reset-password"] as const;
const verifying = ["welcome", "verify-address"] as const;

/** Proving an address, and setting a password: by what came in a letter, or by the current password. */
export function credentials({ db, clock, publish, people, passwords, letters, throttle }: Deps) {
  const now = () => instant(clock.now());

  async function profileOf(tx: Tx, account: Account) {
    const user = await people.user(tx, account);
    if (!user) throw errors.NotFound({ userId: account.userId });
    return user;
  }

  /** The address is the account's from now on, and nobody else's. */
  async function prove(tx: Tx, account: Account, email: string, passwordHash: string | null): Promise<void> {
    const { userId, locale, groups } = account;
    const { name } = await profileOf(tx, account);
    const emailDigest = people.digestOf(email);
    const others = await displaceOthers(tx, emailDigest, userId, now());
    await sessionTable(tx).revokeAll(others, null, now());
    await voidTokens(tx, others, tokenKinds, now());
    const sealed = await people.seal(tx, userId, { email: normalAddress(email), name }, now());
    if (!sealed) throw errors.NotFound({ userId });
    const version = account.version + 1;
    await markVerified(tx, userId, { sealed, emailDigest, passwordHash, version, now: now() });
    const data = { userId, locale, groups, emailVerified: true };
    await publish(tx, users.events.profileChanged, { subject: userId, sequence: version, data });
  }

  /** @throws errors.LetterTokenInvalid when somebody else has proved the address meanwhile */
  async function assertFree(tx: Tx, emailDigest: Buffer, userId: string): Promise<void> {
    const [owner] = await accountTable(tx).byAddress(emailDigest, 1);
    if (owner?.verifiedAt && owner.userId !== userId) throw errors.LetterTokenInvalid();
  }

  /** Ends every session, and voids every link that was sent. */
  async function lockOut(tx: Tx, userId: string, except: string | null): Promise<void> {
    await sessionTable(tx).revokeAll([userId], except, now());
    // Also a change of address that is under way: it has the old password in it.
    await voidTokens(tx, [userId], ["reset-password", "verify-address"], now());
    await letters.to(tx, "password-changed", userId);
  }

  return {
    /** Clicking twice is no mistake. @throws errors.LetterTokenInvalid */
    async verifyAddress(token: string): Promise<void> {
      const { userId, letterId, enclosure } = await letters.withToken(token, verifying);
      const before = await accountTable(db).byId(userId);
      const profile = before && (await people.user(db, before));
      if (!profile) throw errors.LetterTokenInvalid();
      const email = enclosure?.email ?? profile.email;
      const emailDigest = people.digestOf(email);
      await db.tx(async (tx) => {
        await takeAddress(tx, emailDigest);
        const account = await lockAccount(tx, userId);
        const isOwn = account?.emailDigest?.equals(emailDigest) ?? false;
        if (isOwn && account?.verifiedAt) return;
        // Whoever lost the address to its owner does not take it back with an old letter.
        if (!account || (!enclosure && !isOwn) || !(await markUsed(tx, letterId, now())))
          throw errors.LetterTokenInvalid();
        await assertFree(tx, emailDigest, userId);
        if (!isOwn && account.verifiedAt) await letters.to(tx, "address-changed", userId, { email: profile.email });
        await prove(tx, account, email, enclosure?.passwordHash ?? null);
      });
    },

    /** Silent when there were too many, and when the address is proved already. */
    async sendVerification(userId: string): Promise<void> {
      const account = await accountTable(db).byId(userId);
      if (!account?.emailDigest || account.verifiedAt || !(await throttle.mayMail(account.emailDigest))) return;
      await db.tx(async (tx) => {
        const [owner] = account.emailDigest ? await accountTable(tx).byAddress(account.emailDigest, 1) : [];
        if (owner?.verifiedAt) await letters.to(tx, "address-taken", owner.userId);
        else await letters.to(tx, "verify-address", userId);
      });
    },

    /** @throws errors.WrongPassword */
    async changeAddress(userId: string, email: string, password: string, callerAddress: string): Promise<void> {
      const account = await assertPassword(userId, password, callerAddress);
      const emailDigest = people.digestOf(email);
      const passwordHash = await passwords.hash(password, people.saltOf(emailDigest));
      if (!(await throttle.mayMail(emailDigest))) return;
      await db.tx(async (tx) => {
        await voidTokens(tx, [userId], ["verify-address"], now());
        const [owner] = await accountTable(tx).byAddress(emailDigest, 1);
        // Whoever has the address is told, and the answer is the same.
        if (owner?.verifiedAt && owner.userId !== account.userId) await letters.to(tx, "address-taken", owner.userId);
        else await letters.to(tx, "verify-address", userId, { email: normalAddress(email), passwordHash });
      });
    },

    /** The same work whether or not anybody has the address: who has is found when the letter is sent. */
    async requestReset(email: string): Promise<void> {
      const emailDigest = people.digestOf(email);
      if (await throttle.mayMail(emailDigest))
        await db.tx((tx) => letters.toAddress(tx, "reset-password", emailDigest));
    },

    /** Proves the address too: the token came there. @throws errors.LetterTokenInvalid */
    async resetPassword(token: string, password: string): Promise<void> {
      const { userId, letterId, usedAt, emailDigest } = await letters.withToken(token, ["reset-password"]);
      if (usedAt || !emailDigest) throw errors.LetterTokenInvalid();
      const passwordHash = await passwords.hash(password, people.saltOf(emailDigest));
      await db.tx(async (tx) => {
        await takeAddress(tx, emailDigest);
        const account = await lockAccount(tx, userId);
        if (!account?.emailDigest?.equals(emailDigest) || !(await markUsed(tx, letterId, now())))
          throw errors.LetterTokenInvalid();
        if (account.verifiedAt) await accountTable(tx).setPasswordHash(userId, passwordHash);
        else {
          await assertFree(tx, emailDigest, userId);
          await prove(tx, account, (await profileOf(tx, account)).email, passwordHash);
        }
        await lockOut(tx, userId, null);
      });
    },

    /** @throws errors.WrongPassword */
    async changePassword(
      who: { userId: string; sessionId: string; address: string },
      current: string,
      next: string,
    ): Promise<void> {
      const { userId, sessionId } = who;
      const account = await assertPassword(userId, current, who.address);
      const salt = people.saltOf(account.emailDigest ?? people.digestOf(userId));
      const passwordHash = await passwords.hash(next, salt);
      await db.tx(async (tx) => {
        await accountTable(tx).setPasswordHash(userId, passwordHash);
        await lockOut(tx, userId, sessionId);
      });
    },
  };

  async function assertPassword(userId: string, password: string, callerAddress: string): Promise<Account> {
    const account = await accountTable(db).byId(userId);
    if (!account) throw errors.NotFound({ userId });
    const emailDigest = account.emailDigest ?? people.digestOf(userId);
    await throttle.attempt(emailDigest, callerAddress);
    const { index } = await passwords.match(password, people.saltOf(emailDigest), [account.passwordHash]);
    if (index === undefined) throw errors.WrongPassword();
    await throttle.succeeded(emailDigest, callerAddress);
    return account;
  }
}
