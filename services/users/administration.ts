import { page } from "@souk/http";
import { type Clock, instant } from "@souk/kernel";
import type { Publish } from "@souk/messaging";
import type { Db, Tx } from "@souk/postgres";
import type { Audit } from "./audit.ts";
import { users } from "./contract.ts";
import { deleteGroup, type Group, groupTable, membersOf } from "./db/administration.ts";
import { sessionTable } from "./db/sessions.ts";
import {
  type Account,
  accountTable,
  type Locale,
  lockAccount,
  otherAdministrators,
  type Role,
  updateGroups,
  updateProfile,
  updateRoles,
} from "./db/users.ts";
import { errors } from "./errors.ts";
import type { Letters } from "./letters.ts";
import type { People, User } from "./people.ts";
import type { SecondFactor } from "./second-factor.ts";

type Deps = {
  db: Db;
  clock: Clock;
  publish: Publish;
  people: People;
  audit: Audit;
  secondFactor: SecondFactor;
  letters: Letters;
};
type Filter = { email?: string; role?: Role; group?: string; page?: number; limit?: number };

/** Accounts as their owners and staff see and change them. Whatever staff change is noted. */
export function administration({ db, clock, publish, people, audit, secondFactor, letters }: Deps) {
  const now = () => instant(clock.now());

  async function shown(sql: Db | Tx, userId: string): Promise<User> {
    const account = await accountTable(sql).byId(userId);
    const user = account && (await people.user(sql, account));
    if (!user) throw errors.NotFound({ userId });
    return user;
  }
  async function locked(tx: Tx, userId: string): Promise<Account> {
    const account = await lockAccount(tx, userId);
    if (!account) throw errors.NotFound({ userId });
    return account;
  }
  /** Tells the others what they may know. */
  async function tell(tx: Tx, { userId, verifiedAt, locale, groups }: Account, version: number): Promise<void> {
    const data = { userId, locale, groups, emailVerified: verifiedAt !== null };
    await publish(tx, users.events.profileChanged, { subject: userId, sequence: version, data });
  }
  async function regroup(tx: Tx, account: Account, groups: string[]): Promise<void> {
    await updateGroups(tx, account.userId, groups, account.version + 1);
    await tell(tx, { ...account, groups }, account.version + 1);
  }

  return {
    /** @throws errors.NotFound: there is nobody, or they were erased */
    user: (userId: string) => shown(db, userId),

    async find({ email, page: number = 1, limit = 20, ...filter }: Filter) {
      const emailDigest = email === undefined ? undefined : people.digestOf(email);
      const found = await accountTable(db).page({ ...filter, emailDigest, page: number, limit });
      const items = await people.users(db, found.items);
      return page({ items, total: found.total, page: number, limit }, "/v1/users", { email, ...filter });
    },

    /** @throws errors.NotFound */
    rename: (userId: string, changes: { name?: string; locale?: Locale }) =>
      db.tx(async (tx) => {
        const account = await locked(tx, userId);
        const before = await shown(tx, userId);
        const { name = before.name, locale = before.locale } = changes;
        if (name === before.name && locale === before.locale) return before;
        const sealed = await people.seal(tx, userId, { email: before.email, name }, now());
        if (!sealed) throw errors.NotFound({ userId });
        const isTold = locale !== before.locale;
        const version = isTold ? account.version + 1 : account.version;
        await updateProfile(tx, userId, { sealed, locale, version });
        if (isTold) await tell(tx, { ...account, locale }, version);
        return { ...before, name, locale };
      }),

    /** @throws errors.NotFound, errors.LastAdministrator */
    setRoles: (actorId: string, userId: string, wanted: readonly Role[]) =>
      db.tx(async (tx) => {
        const roles = [...new Set(wanted)];
        const others = roles.includes("admin") ? undefined : await otherAdministrators(tx, userId);
        const account = await locked(tx, userId);
        if (others === 0 && account.roles.includes("admin")) throw errors.LastAdministrator();
        const version = account.version + 1;
        await updateRoles(tx, userId, roles, version);
        // Whoever may do less must not go on with a token that says more.
        if (account.roles.some((role) => !roles.includes(role)))
          await sessionTable(tx).revokeAll([userId], null, now());
        await audit.note(tx, actorId, "roles set", userId, { before: account.roles, after: roles });
        await publish(tx, users.events.rolesChanged, { subject: userId, sequence: version, data: { userId, roles } });
        return { ...(await shown(tx, userId)), roles };
      }),

    /** @throws errors.NotFound, errors.GroupNotFound */
    setGroups: (actorId: string, userId: string, wanted: readonly string[]) =>
      db.tx(async (tx) => {
        const groups = [...new Set(wanted)].sort();
        const codes = await groupTable(tx).missing(groups);
        if (codes.length > 0) throw errors.GroupNotFound({ codes });
        const account = await locked(tx, userId);
        await regroup(tx, account, groups);
        await audit.note(tx, actorId, "groups set", userId, { before: account.groups, after: groups });
        return { ...(await shown(tx, userId)), groups };
      }),

    /** @throws errors.NotFound */
    resetSecondFactor: (actorId: string, userId: string) =>
      db.tx(async (tx) => {
        await locked(tx, userId);
        if (!(await secondFactor.remove(tx, userId))) return;
        await sessionTable(tx).revokeAll([userId], null, now());
        await audit.note(tx, actorId, "second factor removed", userId, {});
        await letters.to(tx, "second-factor-changed", userId);
      }),

    async groups({ page: number = 1, limit = 20 }: { page?: number; limit?: number }) {
      const rows = await groupTable(db).page(limit, (number - 1) * limit);
      const items = rows.map(({ code, name }) => ({ code, name }));
      return page({ items, total: rows[0]?.total ?? 0, page: number, limit }, "/v1/customer-groups");
    },
    /** Those of `codes` that are no group. */
    missingGroups: (codes: readonly string[]): Promise<string[]> => groupTable(db).missing(codes),
    async putGroup(group: Group): Promise<Group> {
      await groupTable(db).put(group);
      return group;
    },
    /** @throws errors.GroupNotFound */
    removeGroup: (code: string) =>
      db.tx(async (tx) => {
        if (!(await deleteGroup(tx, code))) throw errors.GroupNotFound({ codes: [code] });
        const batch = 500;
        for (;;) {
          const members = await membersOf(tx, code, batch);
          for (const { userId } of members) {
            const account = await locked(tx, userId);
            await regroup(
              tx,
              account,
              account.groups.filter((group) => group !== code),
            );
          }
          if (members.length < batch) return;
        }
      }),
  };
}
