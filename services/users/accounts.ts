import { type Clock, instant } from "@souk/kernel";
import type { Publish } from "@souk/messaging";
import type { Db, Tx } from "@souk/postgres";
import { normalAddress } from "@souk/service/personal-data";
import { users } from "./contract.ts";
import { type Account, accountTable, insertAccount, type Locale, type Role, takeAddress } from "./db/users.ts";
import { errors } from "./errors.ts";
import type { Letters } from "./letters.ts";
import type { Passwords } from "./password.ts";
import type { People } from "./people.ts";
import type { SecondFactor } from "./second-factor.ts";
import type { Caller, Sessions } from "./sessions.ts";
import type { Throttle } from "./throttle.ts";

type Deps = {
  db: Db;
  clock: Clock;
  newId: () => string;
  publish: Publish;
  people: People;
  passwords: Passwords;
  sessions: Sessions;
  throttle: Throttle;
  letters: Letters;
  secondFactor: SecondFactor;
};
type NewAccount = { email: string; password: string; name: string; locale?: Locale | undefined };

/** An address has one owner, and this many who claim it at most. */
const perAddress = 10;

/**
 * Signing up and in. Neither tells whether an address has an account: signing up with one that has makes another account beside it, which
 * never gets the address, and the owner is written to. See docs/adr/0011-signing-up-never-tells-who-is-there.md.
 */
export function accounts(deps: Deps) {
  const { db, clock, newId, publish, people, passwords, sessions, throttle, letters, secondFactor } = deps;
  const table = accountTable(db);
  const now = () => instant(clock.now());

  /** Those of an address, and which of them the password opens; in the same time whoever is there. */
  async function tried(email: string, password: string) {
    const emailDigest = people.digestOf(email);
    const candidates = await table.byAddress(emailDigest, perAddress);
    const salt = people.saltOf(emailDigest);
    const { index, fresh } = await passwords.match(
      password,
      salt,
      candidates.map(({ passwordHash }) => passwordHash),
    );
    return { emailDigest, candidates, found: index === undefined ? undefined : candidates[index], fresh };
  }

  async function insert(
    tx: Tx,
    account: NewAccount & { roles: readonly Role[]; passwordHash: string; emailDigest: Buffer; verified: boolean },
  ): Promise<Account> {
    const { name, roles, passwordHash, emailDigest, verified, locale = "en" } = account;
    const [userId, at] = [newId(), now()];
    const sealed = await people.seal(tx, userId, { email: normalAddress(account.email), name }, at);
    if (!sealed) throw new Error("a new account's key was destroyed before it was used");
    const verifiedAt = verified ? at : null;
    await insertAccount(tx, { userId, sealed, emailDigest, verifiedAt, passwordHash, locale, roles, now: at });
    await publish(tx, users.events.registered, { subject: userId, sequence: 1, data: { userId, locale } });
    const made = await accountTable(tx).byId(userId);
    if (!made) throw new Error("an account that was just made is not there");
    return made;
  }

  return {
    async register(account: NewAccount, caller: Caller) {
      const { email, password } = account;
      await throttle.attempt(people.digestOf(email), caller.address);
      const { found, fresh, emailDigest } = await tried(email, password);
      // Somebody who knows the password is who they say, and asked twice.
      const known = found && !found.secondFactor ? found : undefined;
      const made =
        known ??
        (await db.tx(async (tx) => {
          await takeAddress(tx, emailDigest);
          const there = await accountTable(tx).byAddress(emailDigest, perAddress);
          const twin = there.find(({ passwordHash, secondFactor }) => passwordHash === fresh && !secondFactor);
          if (twin) return twin;
          const made = await insert(tx, {
            ...{ ...account, emailDigest, verified: false },
            roles: ["customer"],
            passwordHash: fresh,
          });
          const [owner] = there;
          if (owner?.verifiedAt) await letters.to(tx, "address-taken", owner.userId);
          else await letters.to(tx, "welcome", made.userId);
          return made;
        }));
      if (known) await throttle.succeeded(emailDigest, caller.address);
      return sessions.begin(made, caller, false);
    },

    /** @throws errors.WrongCredentials, errors.SecondFactorRequired, errors.WrongCode */
    async login(
      { email, password, code }: { email: string; password: string; code?: string | undefined },
      caller: Caller,
    ) {
      const digest = people.digestOf(email);
      await throttle.attempt(digest, caller.address);
      const { found, fresh } = await tried(email, password);
      if (!found) throw errors.WrongCredentials();
      if (found.secondFactor) {
        if (code === undefined) throw errors.SecondFactorRequired();
        if (!(await secondFactor.check(found.userId, code))) throw errors.WrongCode();
      }
      if (found.passwordHash !== fresh) await table.setPasswordHash(found.userId, fresh);
      await throttle.succeeded(digest, caller.address);
      return sessions.begin(found, caller, found.secondFactor);
    },

    /** An account whose address needs no proof, unless it has one: the first administrator's. */
    async ensure(account: NewAccount, roles: readonly Role[]): Promise<void> {
      const emailDigest = people.digestOf(account.email);
      const [owner] = await table.byAddress(emailDigest, 1);
      if (owner?.verifiedAt) return;
      const passwordHash = await passwords.hash(account.password, people.saltOf(emailDigest));
      await db.tx(async (tx) => {
        await takeAddress(tx, emailDigest);
        const [owner] = await accountTable(tx).byAddress(emailDigest, 1);
        if (!owner?.verifiedAt) await insert(tx, { ...account, roles, passwordHash, emailDigest, verified: true });
      });
    },
  };
}
export type Accounts = ReturnType<typeof accounts>;
