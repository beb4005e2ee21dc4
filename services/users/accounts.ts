import { createHash, timingSafeEqual } from "node:crypto";
import type { Clock } from "@souk/kernel";
import { instant } from "@souk/kernel";
import type { Publish } from "@souk/messaging";
import type { Db } from "@souk/postgres";
import { users } from "./contract.ts";
import { clientTable } from "./db/clients.ts";
import { insertSession, lockToken, rotateToken, sessionTable } from "./db/sessions.ts";
import { insertUser, type Role, type User, userTable } from "./db/users.ts";
import { errors } from "./errors.ts";
import { hashPassword, verifyPassword } from "./password.ts";
import { accessSeconds, type TokenIssuer } from "./tokens.ts";

type Deps = {
  db: Db;
  publish: Publish;
  tokens: TokenIssuer;
  clock: Clock;
  newId: () => string;
  newSecret: (bytes: number) => string;
  sessionMs: number;
};

const sha256 = (text: string): Buffer => createHash("sha256").update(text).digest();
/** Addresses are one account whatever their letter case. */
const normalEmail = (email: string) => email.trim().toLowerCase();

/** Signing up, in and on: passwords, sessions and their rotating refresh tokens, machine clients. */
export function accounts({ db, publish, tokens, clock, newId, newSecret, sessionMs }: Deps) {
  const table = userTable(db);
  const sessions = sessionTable(db);
  const now = () => instant(clock.now());

  async function signedIn(user: User) {
    const sessionId = newId();
    const refreshToken = newSecret(32);
    const [accessToken] = await Promise.all([
      tokens.accessToken({ id: user.id, roles: user.roles, sessionId }),
      insertSession(db, {
        sessionId,
        userId: user.id,
        tokenHash: sha256(refreshToken),
        now: now(),
        expiresAt: instant(clock.now() + sessionMs),
      }),
    ]);
    return { user, accessToken, refreshToken, expiresIn: accessSeconds };
  }

  /** @throws errors.EmailTaken */
  async function create(account: { email: string; password: string; name: string; roles: Role[] }): Promise<User> {
    const { email, name, roles } = account;
    const user: User = { id: newId(), email: normalEmail(email), name, roles, createdAt: now() };
    if (await table.byEmail(user.email)) throw errors.EmailTaken(); // before the hash, which is what costs
    const passwordHash = await hashPassword(account.password, Buffer.from(newSecret(16), "base64url"));
    await db.tx(async (tx) => {
      if (!(await insertUser(tx, { ...user, passwordHash }))) throw errors.EmailTaken();
      const data = { userId: user.id, email: user.email, name };
      await publish(tx, users.events.registered, { subject: user.id, sequence: 1, data });
    });
    return user;
  }

  return {
    create,
    register: async (account: { email: string; password: string; name: string }) =>
      signedIn(await create({ ...account, roles: ["customer"] })),

    /** @throws errors.WrongCredentials, as late for an unknown address as for a wrong password */
    async login(email: string, password: string) {
      const found = await table.byEmail(normalEmail(email));
      if (!(await verifyPassword(password, found?.passwordHash)) || !found) throw errors.WrongCredentials();
      const { passwordHash: _, ...user } = found;
      return signedIn(user);
    },

    /** @throws errors.RefreshInvalid, errors.RefreshReused */
    async refresh(refreshToken: string) {
      const oldHash = sha256(refreshToken);
      const next = newSecret(32);
      const rotated = await db.tx(async (tx) => {
        const state = await lockToken(tx, oldHash, now());
        if (!state || state.ended) return undefined;
        if (state.used) {
          // Either the thief or the owner has used it already, and there is no telling which: end the session for both.
          await sessionTable(tx).revoke(state.sessionId, now());
          return "reused" as const;
        }
        const { sessionId, userId } = state;
        await rotateToken(tx, {
          sessionId,
          oldHash,
          newHash: sha256(next),
          now: now(),
          expiresAt: instant(clock.now() + sessionMs),
        });
        return { sessionId, user: await userTable(tx).byId(userId) };
      });
      if (rotated === "reused") throw errors.RefreshReused();
      if (!rotated?.user) throw errors.RefreshInvalid();
      const { sessionId, user } = rotated;
      const accessToken = await tokens.accessToken({ id: user.id, roles: user.roles, sessionId });
      return { accessToken, refreshToken: next, expiresIn: accessSeconds };
    },

    async logout(refreshToken: string): Promise<void> {
      const sessionId = await sessions.ofToken(sha256(refreshToken));
      if (sessionId) await sessions.revoke(sessionId, now());
    },

    /** @throws errors.WrongClient */
    async clientToken(clientId: string, secret: string) {
      const client = await clientTable(db).find(clientId);
      const given = sha256(secret);
      if (!client || !timingSafeEqual(given, client.secretHash)) throw errors.WrongClient();
      const accessToken = await tokens.accessToken({ clientId, roles: client.roles });
      return {
        access_token: accessToken,
        token_type: "Bearer" as const,
        expires_in: accessSeconds,
        scope: client.roles.join(" "),
      };
    },

    /** Makes a machine client, or gives it another secret. */
    putClient: (clientId: string, secret: string, roles: string[]) =>
      clientTable(db).put({ clientId, secretHash: sha256(secret), roles }),
  };
}
export type Accounts = ReturnType<typeof accounts>;
