import type { Instant } from "@souk/kernel";
import type { Sql } from "@souk/postgres";
import type { Role } from "./users.ts";

export type Scope = "support" | "support:read" | "merchandiser" | "merchandiser:read" | "operator" | "operator:read";
export type ApiKey = {
  id: string;
  name: string;
  scopes: Scope[];
  ownerId: string;
  createdAt: Instant;
  expiresAt: Instant | null;
  lastUsedAt: Instant | null;
  previousUntil: Instant | null;
};
type Usable = { secretHash: Buffer; previousHash: Buffer | null; scopes: Scope[]; ownerRoles: Role[] };

export const apiKeyTable = (sql: Sql) => ({
  /** Undefined when there is no such key, or it has expired. `previousHash` is null once its time is over. */
  async usable(keyId: string, now: Instant): Promise<Usable | undefined> {
    const [row] = await sql<Usable>`
      select k.secret_hash as "secretHash", case when k.previous_until > ${now} then k.previous_hash end as "previousHash",
             k.scopes, u.roles as "ownerRoles"
      from api_keys k join users u on u.user_id = k.owner_id
      where k.key_id = ${keyId} and (k.expires_at is null or k.expires_at > ${now}) and u.erased_at is null`;
    return row;
  },
  /** To the minute: a busy machine must not write for each token. */
  used: (keyId: string, now: Instant) => sql`
    update api_keys set last_used_at = ${now}
    where key_id = ${keyId} and (last_used_at is null or last_used_at < ${now}::timestamptz - interval '1 minute')`,
  /** @param ownerId null: everybody's */
  page: (ownerId: string | null, limit: number, offset: number) => sql<ApiKey & { total: number }>`
    select key_id as id, name, scopes, owner_id as "ownerId", created_at as "createdAt", expires_at as "expiresAt",
           last_used_at as "lastUsedAt", previous_until as "previousUntil", count(*) over ()::int as total
    from api_keys where ${ownerId}::uuid is null or owner_id = ${ownerId}
    order by created_at desc, key_id limit ${limit} offset ${offset}`,
  async countOf(ownerId: string): Promise<number> {
    const [row] = await sql<{ n: number }>`select count(*)::int as n from api_keys where owner_id = ${ownerId}`;
    return row?.n ?? 0;
  },
  insert: (
    key: Pick<ApiKey, "id" | "name" | "scopes" | "ownerId" | "createdAt" | "expiresAt"> & { secretHash: Uint8Array },
  ) => sql`
    insert into api_keys (key_id, owner_id, name, scopes, secret_hash, created_at, expires_at)
    values (${key.id}, ${key.ownerId}, ${key.name}, ${key.scopes}, ${key.secretHash}, ${key.createdAt}, ${key.expiresAt})`,
  /** Undefined when there is no such key, or it is somebody else's. @param ownerId null: anybody's */
  async rotate(
    keyId: string,
    ownerId: string | null,
    next: Uint8Array,
    previousUntil: Instant,
  ): Promise<ApiKey | undefined> {
    const [row] = await sql<ApiKey>`
      update api_keys set previous_hash = secret_hash, previous_until = ${previousUntil}, secret_hash = ${next}
      where key_id = ${keyId} and (${ownerId}::uuid is null or owner_id = ${ownerId})
      returning key_id as id, name, scopes, owner_id as "ownerId", created_at as "createdAt", expires_at as "expiresAt",
                last_used_at as "lastUsedAt", previous_until as "previousUntil"`;
    return row;
  },
  /** Whose it was; undefined when there is no such key, or it is somebody else's. */
  async remove(keyId: string, ownerId: string | null, now: Instant): Promise<string | undefined> {
    const [row] = await sql<{ ownerId: string }>`
      with removed as (
        delete from api_keys where key_id = ${keyId} and (${ownerId}::uuid is null or owner_id = ${ownerId}) returning key_id, owner_id),
      noted as (insert into revoked_keys (key_id, revoked_at) select key_id, ${now}::timestamptz from removed)
      select owner_id as "ownerId" from removed`;
    return row?.ownerId;
  },
  async removeAll(ownerId: string, now: Instant): Promise<number> {
    const removed = await sql`
      with removed as (delete from api_keys where owner_id = ${ownerId} returning key_id),
      noted as (insert into revoked_keys (key_id, revoked_at) select key_id, ${now}::timestamptz from removed)
      select key_id from removed`;
    return removed.length;
  },
  async revokedSince(since: Instant): Promise<string[]> {
    const rows = await sql<{ id: string }>`select key_id as id from revoked_keys where revoked_at >= ${since}`;
    return rows.map(({ id }) => id);
  },
  /** Forgets those whose tokens have all expired. */
  sweep: (before: Instant) => sql`delete from revoked_keys where revoked_at < ${before}`,
});
