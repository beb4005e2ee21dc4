import { createHmac } from "node:crypto";
import type { Instant } from "@souk/kernel";
import type { Sql } from "@souk/postgres";
import type { Secret } from "@souk/service";
import { type AddressDigest, type PersonKeys, personOf } from "@souk/service/personal-data";
import type { Account, Locale, Role } from "./db/users.ts";

export type Profile = { email: string; name: string };
/** An account as its owner sees it. */
export type User = Profile & {
  id: string;
  emailVerified: boolean;
  locale: Locale;
  roles: Role[];
  groups: string[];
  secondFactor: boolean;
  createdAt: Instant;
};

/** What is sealed where: sealed for one place, it does not open in another. */
export const contexts = {
  profile: "users.profile",
  session: "users.session",
  address: "users.address",
  letter: "users.letter",
  secondFactor: "users.second-factor",
  exportKey: "users.export-key",
} as const;

const saltBytes = 16;

/** Who accounts are about: opens what is sealed, and finds accounts by address. */
export function people(keys: PersonKeys, digest: AddressDigest, addressKey: Secret) {
  const digestOf = (email: string): Buffer => Buffer.from(digest(email), "hex");
  const keyed = (what: string) => createHmac("sha256", addressKey.current).update(what).digest();

  async function profiles(sql: Sql, accounts: readonly Account[]): Promise<(Profile | undefined)[]> {
    const sealed = accounts.map(({ userId, sealed }) => ({ person: personOf({ userId }), sealed }));
    return keys.open<Profile>(sql, contexts.profile, sealed);
  }
  async function users(sql: Sql, accounts: readonly Account[]): Promise<User[]> {
    const opened = await profiles(sql, accounts);
    return accounts.flatMap((account, i) => {
      const profile = opened[i];
      return profile ? [userOf(account, profile)] : [];
    });
  }

  return {
    digestOf,
    /** One salt for all accounts of an address: a password is tried on all of them with one derivation. Nobody without the key knows it. */
    saltOf: (emailDigest: Uint8Array): Buffer =>
      keyed(`salt:${Buffer.from(emailDigest).toString("hex")}`).subarray(0, saltBytes),
    /** Where somebody calls from, as far as that tells people apart: an IPv6 customer has a network of 64 bits. */
    callerDigest: (address: string): Buffer => keyed(`caller:${networkOf(address)}`),
    users,
    async user(sql: Sql, account: Account): Promise<User | undefined> {
      const [user] = await users(sql, [account]);
      return user;
    },
    /** Undefined for somebody who was erased. */
    seal: (sql: Sql, userId: string, profile: Profile, now: Instant) =>
      keys.seal(sql, { userId }, contexts.profile, profile, now),
  };
}
export type People = ReturnType<typeof people>;

const userOf = (account: Account, { email, name }: Profile): User => ({
  id: account.userId,
  email,
  name,
  emailVerified: account.verifiedAt !== null,
  locale: account.locale,
  roles: account.roles,
  groups: account.groups,
  secondFactor: account.secondFactor,
  createdAt: account.createdAt,
});

/** `::ffff:192.0.2.1` → `192.0.2.1`; `2001:db8:1:2:3::4` → `2001:db8:1:2`. */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped) return mapped;
  if (!address.includes(":")) return address;
  const [head = "", tail = ""] = address.toLowerCase().split("::");
  const left = head.split(":").filter(Boolean);
  const right = tail.split(":").filter(Boolean);
  const zeros = Math.max(0, 8 - left.length - right.length);
  const groups = [...left, ...Array<string>(zeros).fill("0"), ...right];
  return groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ""))
    .join(":");
}
