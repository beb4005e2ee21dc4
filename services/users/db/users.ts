import type { Instant } from "@souk/kernel";
import type { Sql, Tx } from "@souk/postgres";

export type Role = "customer" | "support" | "merchandiser" | "operator" | "admin";
export type User = { id: string; email: string; name: string; roles: Role[]; createdAt: Instant };
type NewUser = User & { passwordHash: string };

/** Returns false when the e-mail address has an account. */
export async function insertUser(tx: Tx, user: NewUser): Promise<boolean> {
  const rows = await tx`
    insert into users (user_id, email, name, password_hash, roles, version, created_at)
    values (${user.id}, ${user.email}, ${user.name}, ${user.passwordHash}, ${user.roles}, 1, ${user.createdAt})
    on conflict (email) do nothing returning user_id`;
  return rows.length === 1;
}

export const userTable = (sql: Sql) => ({
  async byId(userId: string): Promise<User | undefined> {
    const [row] =
      await sql<User>`select user_id as id, email, name, roles, created_at as "createdAt" from users where user_id = ${userId}`;
    return row;
  },
  async byEmail(email: string): Promise<(User & { passwordHash: string }) | undefined> {
    const [row] = await sql<User & { passwordHash: string }>`
      select user_id as id, email, name, roles, created_at as "createdAt", password_hash as "passwordHash" from users where email = ${email}`;
    return row;
  },
  /** Undefined when there is no such user. */
  async rename(userId: string, name: string): Promise<User | undefined> {
    const [row] = await sql<User>`
      update users set name = ${name} where user_id = ${userId} returning user_id as id, email, name, roles, created_at as "createdAt"`;
    return row;
  },
});

/** Undefined when there is no such user. `version` is that of the event to publish. */
export async function updateRoles(
  tx: Tx,
  userId: string,
  roles: readonly Role[],
): Promise<(User & { version: number }) | undefined> {
  const [row] = await tx<User & { version: number }>`
    update users set roles = ${roles}, version = version + 1 where user_id = ${userId}
    returning user_id as id, email, name, roles, created_at as "createdAt", version`;
  return row;
}
