import type { Instant } from "@souk/kernel";
import type { Sql, Tx } from "@souk/postgres";

export type Role = "customer" | "support" | "merchandiser" | "operator" | "admin";
export type Locale = "en" | "de";

/** An account as it is kept: who it is about is sealed. */
export type Account = {
  userId: string;
  sealed: Buffer | null;
  emailDigest: Buffer | null;
  verifiedAt: Instant | null;
  passwordHash: string | null;
  locale: Locale;
  roles: Role[];
  groups: string[];
  secondFactor: boolean;
  /** Events published so far: the sequence of the last one. */
  version: number;
  createdAt: Instant;
};

type NewAccount = {
  userId: string;
  sealed: Uint8Array;
  emailDigest: Uint8Array;
  verifiedAt: Instant | null;
  passwordHash: string;
  locale: Locale;
  roles: readonly Role[];
  now: Instant;
};
export const insertAccount = (tx: Tx, a: NewAccount) => tx`
  insert into users (user_id, sealed, email_digest, verified_at, password_hash, locale, roles, version, created_at)
  values (${a.userId}, ${a.sealed}, ${a.emailDigest}, ${a.verifiedAt}, ${a.passwordHash}, ${a.locale}, ${a.roles}, 1, ${a.now})`;

/** Whoever opens or proves an account of this address waits here for whoever does the same. */
export const takeAddress = (tx: Tx, emailDigest: Uint8Array) => tx`
  select pg_advisory_xact_lock(hashtextextended(encode(${emailDigest}::bytea, 'hex'), 0))`;

export const accountTable = (sql: Sql) => ({
  /** Undefined when there is none, or it was erased. */
  async byId(userId: string): Promise<Account | undefined> {
    const [row] = await sql<Account>`
      select user_id as "userId", sealed, email_digest as "emailDigest", verified_at as "verifiedAt", password_hash as "passwordHash",
             locale, roles, groups, version, created_at as "createdAt",
             exists (select 1 from second_factors f where f.user_id = u.user_id and f.confirmed_at is not null) as "secondFactor"
      from users u where user_id = ${userId} and erased_at is null`;
    return row;
  },

  /** Whoever may sign in with an address: its owner first, then those who claim it, the oldest first. */
  byAddress: (emailDigest: Uint8Array, limit: number) => sql<Account>`
    select user_id as "userId", sealed, email_digest as "emailDigest", verified_at as "verifiedAt", password_hash as "passwordHash",
           locale, roles, groups, version, created_at as "createdAt",
           exists (select 1 from second_factors f where f.user_id = u.user_id and f.confirmed_at is not null) as "secondFactor"
    from users u where email_digest = ${emailDigest}
    order by verified_at is null, created_at, user_id limit ${limit}`,

  async page(filter: {
    emailDigest?: Uint8Array | undefined;
    role?: Role | undefined;
    group?: string | undefined;
    page: number;
    limit: number;
  }) {
    const { emailDigest = null, role = null, group = null, page, limit } = filter;
    const [items, [count]] = await Promise.all([
      sql<Account>`
        select user_id as "userId", sealed, email_digest as "emailDigest", verified_at as "verifiedAt", null as "passwordHash",
               locale, roles, groups, version, created_at as "createdAt",
               exists (select 1 from second_factors f where f.user_id = u.user_id and f.confirmed_at is not null) as "secondFactor"
        from users u where erased_at is null and (${emailDigest}::bytea is null or email_digest = ${emailDigest})
          and (${role}::text is null or roles @> array[${role}]::text[]) and (${group}::text is null or groups @> array[${group}]::text[])
        order by created_at desc, user_id limit ${limit} offset ${(page - 1) * limit}`,
      sql<{ total: number }>`
        select count(*) as total from (
          select 1 from users where erased_at is null and (${emailDigest}::bytea is null or email_digest = ${emailDigest})
            and (${role}::text is null or roles @> array[${role}]::text[]) and (${group}::text is null or groups @> array[${group}]::text[])
          limit 100000) as counted`,
    ]);
    return { items, total: count?.total ?? 0 };
  },

  async setPasswordHash(userId: string, passwordHash: string): Promise<void> {
    await sql`update users set password_hash = ${passwordHash} where user_id = ${userId} and erased_at is null`;
  },
});

/** The account, locked until the transaction ends; undefined when there is none, or it was erased. */
export async function lockAccount(tx: Tx, userId: string): Promise<Account | undefined> {
  const rows = await tx`select from users where user_id = ${userId} and erased_at is null for no key update`;
  return rows.length === 1 ? accountTable(tx).byId(userId) : undefined;
}

type Profile = { sealed: Uint8Array; locale: Locale; version: number };
export const updateProfile = (tx: Tx, userId: string, { sealed, locale, version }: Profile) => tx`
  update users set sealed = ${sealed}, locale = ${locale}, version = ${version} where user_id = ${userId}`;

export const updateRoles = (tx: Tx, userId: string, roles: readonly Role[], version: number) => tx`
  update users set roles = ${roles}, version = ${version} where user_id = ${userId}`;

export const updateGroups = (tx: Tx, userId: string, groups: readonly string[], version: number) => tx`
  update users set groups = ${groups}, version = ${version} where user_id = ${userId}`;

type Proved = {
  sealed: Uint8Array;
  emailDigest: Uint8Array;
  passwordHash: string | null;
  version: number;
  now: Instant;
};
/** The address is theirs. */
export const markVerified = (tx: Tx, userId: string, { sealed, emailDigest, passwordHash, version, now }: Proved) => tx`
  update users set sealed = ${sealed}, email_digest = ${emailDigest}, verified_at = ${now}, version = ${version},
                   password_hash = coalesce(${passwordHash}, password_hash)
  where user_id = ${userId}`;

/** Takes an address from everybody else; returns whose it was said to be. */
export async function displaceOthers(tx: Tx, emailDigest: Uint8Array, userId: string, now: Instant): Promise<string[]> {
  const rows = await tx<{ userId: string }>`
    update users set email_digest = null, verified_at = null, displaced_at = ${now}
    where email_digest = ${emailDigest} and user_id <> ${userId} returning user_id as "userId"`;
  return rows.map(({ userId }) => userId);
}

export async function otherAdministrators(tx: Tx, userId: string): Promise<number> {
  // All of them, locked in one order: of two who resign at once one is the second.
  const rows = await tx<{ userId: string }>`
    select user_id as "userId" from users where roles @> '{admin}' and erased_at is null order by user_id for no key update`;
  return rows.filter((row) => row.userId !== userId).length;
}

/** What is left is an id, so that sessions, the log of changes and orders still have something to refer to. */
export const makeTombstone = (tx: Tx, userId: string, version: number, now: Instant) => tx`
  update users set email = null, name = null, sealed = null, email_digest = null, verified_at = null, password_hash = null,
                   roles = '{}', groups = '{}', locale = 'en', version = ${version}, erased_at = ${now}
  where user_id = ${userId}`;

export const displacedBefore = (sql: Sql, before: Instant, limit: number) => sql<{ userId: string }>`
  select user_id as "userId" from users where displaced_at < ${before} and erased_at is null order by displaced_at limit ${limit}`;

/** Accounts from before addresses were sealed. */
export const lockInTheClear = (tx: Tx, limit: number) => tx<{ userId: string; email: string; name: string }>`
  select user_id as "userId", email, name from users where email is not null order by user_id limit ${limit} for update skip locked`;
export const sealAccount = (tx: Tx, userId: string, sealed: Uint8Array, emailDigest: Uint8Array, now: Instant) => tx`
  update users set sealed = ${sealed}, email_digest = ${emailDigest}, verified_at = ${now}, email = null, name = null
  where user_id = ${userId}`;
