import { createHash, timingSafeEqual } from "node:crypto";
import { page } from "@souk/http";
import { type Clock, instant } from "@souk/kernel";
import type { Db, Tx } from "@souk/postgres";
import { apiKeyId, newApiKey, renewedKey } from "./api-key.ts";
import type { Audit } from "./audit.ts";
import { type ApiKey, apiKeyTable, type Scope } from "./db/api-keys.ts";
import { clientTable } from "./db/clients.ts";
import { errors } from "./errors.ts";
import type { Letters } from "./letters.ts";
import { accessSeconds, announceMs, type TokenIssuer } from "./tokens.ts";

type Deps = {
  db: Db;
  clock: Clock;
  newSecret: (bytes: number) => string;
  tokens: TokenIssuer;
  letters: Letters;
  audit: Audit;
};
/** Who manages keys: administrators see everybody's. */
type Manager = { readonly id: string; readonly roles: readonly string[] };

const maxKeys = 20;
const hourMs = 3_600_000;

const sha256 = (text: string): Buffer => createHash("sha256").update(text).digest();
const isOneOf = (given: Buffer, hashes: readonly (Uint8Array | null)[]) =>
  hashes.map((hash) => hash !== null && timingSafeEqual(given, hash)).includes(true);
/** Whether somebody with these roles may give a scope away. Administrators may give any. */
const holds = (roles: readonly string[], scope: Scope): boolean =>
  roles.includes("admin") || roles.includes(scope.replace(/:read$/, ""));
const whose = ({ id, roles }: Manager) => (roles.includes("admin") ? null : id);

/** What machines sign in with: clients out of a mounted file, and API keys that staff make. Of both only a hash of the secret is kept. */
export function machines({ db, clock, newSecret, tokens, letters, audit }: Deps) {
  const keys = apiKeyTable(db);
  const now = () => instant(clock.now());

  async function answer(clientId: string, roles: readonly string[]) {
    const access_token = await tokens.accessToken({ clientId, roles });
    return { access_token, token_type: "Bearer" as const, expires_in: accessSeconds, scope: roles.join(" ") };
  }

  /** A key never does more than its owner may do at that moment. */
  async function keyToken(clientId: string, key: string) {
    const found = apiKeyId(key) === clientId ? await keys.usable(clientId, now()) : undefined;
    if (!found || !isOneOf(sha256(key), [found.secretHash, found.previousHash])) throw errors.WrongClient();
    await keys.used(clientId, now());
    return answer(
      clientId,
      found.scopes.filter((scope) => holds(found.ownerRoles, scope)),
    );
  }

  async function note(tx: Tx, actor: Manager, action: string, key: Pick<ApiKey, "id" | "ownerId" | "scopes">) {
    await audit.note(tx, actor.id, action, key.ownerId, { keyId: key.id, scopes: key.scopes });
  }

  return {
    /** @throws errors.WrongClient */
    async token(clientId: string, secret: string) {
      if (clientId.startsWith("souk_")) return keyToken(clientId, secret);
      const client = await clientTable(db).find(clientId);
      if (!client || !isOneOf(sha256(secret), [client.secretHash])) throw errors.WrongClient();
      return answer(clientId, client.roles);
    },

    /** Makes a machine client, or gives it another secret. */
    putClient: (clientId: string, secret: string, roles: string[]) =>
      clientTable(db).put({ clientId, secretHash: sha256(secret), roles }),

    async list(manager: Manager, { page: number = 1, limit = 20 }: { page?: number; limit?: number }) {
      const rows = await keys.page(whose(manager), limit, (number - 1) * limit);
      const items = rows.map(({ total: _, ...key }) => key);
      return page({ items, total: rows[0]?.total ?? 0, page: number, limit }, "/v1/api-keys");
    },

    /** @throws errors.ScopeNotHeld, errors.ExpiryPast, errors.TooManyApiKeys */
    async create(owner: Manager, wanted: { name: string; scopes: readonly Scope[]; expiresAt?: string | undefined }) {
      const scopes = [...new Set(wanted.scopes)];
      const beyond = scopes.filter((scope) => !holds(owner.roles, scope));
      if (beyond.length > 0) throw errors.ScopeNotHeld({ scopes: beyond });
      const expiresAt = wanted.expiresAt === undefined ? null : instant(Date.parse(wanted.expiresAt));
      if (expiresAt !== null && expiresAt <= now()) throw errors.ExpiryPast({ expiresAt });
      if ((await keys.countOf(owner.id)) >= maxKeys) throw errors.TooManyApiKeys({ limit: maxKeys });
      const { id, key } = newApiKey(newSecret);
      const made = { id, name: wanted.name, scopes, ownerId: owner.id, createdAt: now(), expiresAt };
      await db.tx(async (tx) => {
        await apiKeyTable(tx).insert({ ...made, secretHash: sha256(key) });
        await note(tx, owner, "api key made", made);
        await letters.to(tx, "api-key-made", owner.id);
      });
      return { ...made, lastUsedAt: null, previousUntil: null, key };
    },

    /** @throws errors.ApiKeyNotFound */
    rotate: (manager: Manager, keyId: string, graceHours: number) =>
      db.tx(async (tx) => {
        const key = renewedKey(keyId, newSecret);
        const until = instant(clock.now() + graceHours * hourMs);
        const rotated = await apiKeyTable(tx).rotate(keyId, whose(manager), sha256(key), until);
        if (!rotated) throw errors.ApiKeyNotFound({ keyId });
        await note(tx, manager, "api key rotated", rotated);
        return { ...rotated, key };
      }),

    /** @throws errors.ApiKeyNotFound */
    revoke: (manager: Manager, keyId: string) =>
      db.tx(async (tx) => {
        const ownerId = await apiKeyTable(tx).remove(keyId, whose(manager), now());
        if (!ownerId) throw errors.ApiKeyNotFound({ keyId });
        await note(tx, manager, "api key revoked", { id: keyId, ownerId, scopes: [] });
      }),

    /** Removed while tokens of theirs may still live. */
    announced: () => keys.revokedSince(instant(clock.now() - announceMs)),
    sweep: async (): Promise<void> => void (await keys.sweep(instant(clock.now() - announceMs))),
  };
}
export type Machines = ReturnType<typeof machines>;
