import { createHash } from "node:crypto";
import { type Clock, instant } from "@souk/kernel";
import type { Db, Sql } from "@souk/postgres";
import { type PersonKeys, personOf } from "@souk/service/personal-data";
import { insertSession, lockToken, rotateToken, sessionTable } from "./db/sessions.ts";
import { type Account, accountTable, type Role } from "./db/users.ts";
import { errors } from "./errors.ts";
import { contexts, type People } from "./people.ts";
import { accessSeconds, announceMs, type TokenIssuer } from "./tokens.ts";

/** Where somebody calls from. */
export type Caller = { readonly address: string; readonly agent: string };

type Deps = {
  db: Db;
  clock: Clock;
  newId: () => string;
  newSecret: (bytes: number) => string;
  keys: PersonKeys;
  people: People;
  tokens: TokenIssuer;
  sessionMs: number;
  /** Whether staff's roles count only in sessions that were begun with both factors. */
  staffNeedSecondFactor: boolean;
};

const refreshBytes = 32;
const freshMinutes = 15;
const sweepAfterMs = 24 * 3_600_000;

const sha256 = (text: string): Buffer => createHash("sha256").update(text).digest();
const isStaff = (roles: readonly Role[]) => roles.some((role) => role !== "customer");

/** Where people are signed in: sessions, their rotating refresh tokens, and the access tokens made in them. */
export function sessions(deps: Deps) {
  const { db, clock, newId, newSecret, keys, people, tokens, sessionMs, staffNeedSecondFactor } = deps;
  const table = sessionTable(db);
  const now = () => instant(clock.now());
  const expiry = () => instant(clock.now() + sessionMs);

  const where = async (sql: Sql, userId: string, { address, agent }: Caller) =>
    (await keys.seal(sql, { userId }, contexts.session, { address, agent }, now())) ?? null;
  const countingRoles = (roles: readonly Role[], secondFactor: boolean): readonly Role[] =>
    staffNeedSecondFactor && !secondFactor && isStaff(roles) ? ["customer"] : roles;

  return {
    /** Begins a session. */
    async begin(account: Account, caller: Caller, secondFactor: boolean) {
      const { userId, roles } = account;
      const [sessionId, refreshToken] = [newId(), newSecret(refreshBytes)];
      const counting = countingRoles(roles, secondFactor);
      const [accessToken, user] = await Promise.all([
        tokens.accessToken({ id: userId, roles: counting, sessionId }),
        people.user(db, account),
        insertSession(db, {
          ...{ sessionId, userId, secondFactor },
          tokenHash: sha256(refreshToken),
          sealed: await where(db, userId, caller),
          now: now(),
          expiresAt: expiry(),
        }),
      ]);
      if (!user) throw errors.NotFound({ userId });
      const enrol = counting === roles ? {} : { enrolSecondFactor: true };
      return { user, accessToken, refreshToken, expiresIn: accessSeconds, ...enrol };
    },

    /** @throws errors.RefreshInvalid, errors.RefreshReused */
    async refresh(refreshToken: string, caller: Caller) {
      const oldHash = sha256(refreshToken);
      const next = newSecret(refreshBytes);
      const rotated = await db.tx(async (tx) => {
        const state = await lockToken(tx, oldHash, now());
        if (!state || state.ended) return undefined;
        const { sessionId, userId, secondFactor } = state;
        if (state.used) {
          // Either the thief or the owner has used it already, and there is no telling which: end the session for both.
          await sessionTable(tx).revoke(sessionId, now());
          return "reused" as const;
        }
        const account = await accountTable(tx).byId(userId);
        if (!account) return undefined;
        const sealed = await where(tx, userId, caller);
        await rotateToken(tx, { sessionId, oldHash, newHash: sha256(next), sealed, now: now(), expiresAt: expiry() });
        return { sessionId, account, secondFactor };
      });
      if (rotated === "reused") throw errors.RefreshReused();
      if (!rotated) throw errors.RefreshInvalid();
      const { sessionId, account, secondFactor } = rotated;
      const roles = countingRoles(account.roles, secondFactor);
      const accessToken = await tokens.accessToken({ id: account.userId, roles, sessionId });
      return { accessToken, refreshToken: next, expiresIn: accessSeconds };
    },

    async end(refreshToken: string): Promise<void> {
      const sessionId = await table.ofToken(sha256(refreshToken));
      if (sessionId) await table.revoke(sessionId, now());
    },

    async list(userId: string) {
      const live = await table.live(userId, now());
      const person = personOf({ userId });
      const callers = await keys.open<Caller>(
        db,
        contexts.session,
        live.map(({ sealed }) => ({ person, sealed })),
      );
      return live.map(({ sealed: _, ...session }, i) => ({ address: "", agent: "", ...session, ...callers[i] }));
    },

    /** @throws errors.SessionNotFound */
    async endOne(userId: string, sessionId: string): Promise<void> {
      if (!(await table.revokeOf(userId, sessionId, now()))) throw errors.SessionNotFound({ sessionId });
    },
    endOthers: (userId: string, current: string) => table.revokeAll([userId], current, now()),
    markSecondFactor: table.markSecondFactor,

    /** For what a token that was left lying about must not do. @throws errors.SignInAgain */
    async assertFresh(sessionId: string): Promise<void> {
      const begunAt = await table.begunAt(sessionId, now());
      if (begunAt === undefined || begunAt < instant(clock.now() - freshMinutes * 60_000))
        throw errors.SignInAgain({ minutes: freshMinutes });
    },

    /** Ended while tokens of theirs may still live. */
    announced: () => table.revokedSince(instant(clock.now() - announceMs)),
    sweep: async (): Promise<void> => void (await table.sweep(instant(clock.now() - sweepAfterMs))),
  };
}
export type Sessions = ReturnType<typeof sessions>;
