import { createHash, randomBytes } from "node:crypto";
import type { Instant } from "@souk/kernel";
import type { Sql } from "@souk/postgres";
import type { Secret } from "../secret.ts";
import { decrypt, encrypt } from "./cipher.ts";
import { type KeyStore, keyStore, type StoredKey } from "./key-store.ts";

/**
 * Whose key something is sealed under: an account's; that of an address which belongs to none that we know of; or, for what must go or
 * stay by itself, that of one thing of theirs (a guest's parcel).
 */
export type Person = { readonly userId: string } | { readonly addressDigest: string } | { readonly thing: string };

export function personOf(person: Person): string {
  if ("userId" in person) return `user:${person.userId}`;
  return "thing" in person ? `thing:${person.thing}` : `address:${person.addressDigest}`;
}

export type Sealed = { readonly person: string; readonly sealed: Uint8Array | null };

/**
 * What a service keeps about people is sealed under a key of theirs, and the keys are wrapped in the service's own. Destroying a
 * person's key erases what was sealed under it wherever copies of it are: in other rows, in the log, in yesterday's backup.
 */
export type PersonKeys = {
  /**
   * What seals under the person's key, which is made when there is none.
   * @param at when the person gave it to us. What was given before they were erased is not kept.
   * @returns undefined when nothing may be kept
   */
  sealer(sql: Sql, person: Person, at: Instant): Promise<Seal | undefined>;
  /** The same for a single thing. */
  seal(sql: Sql, person: Person, context: string, data: unknown, at: Instant): Promise<Buffer | undefined>;
  /** In order. Undefined what is erased. @throws Error for what was sealed by other keys, or changed */
  open<T>(sql: Sql, context: string, sealed: readonly Sealed[]): Promise<(T | undefined)[]>;
  destroy(sql: Sql, persons: readonly Person[], now: Instant): Promise<void>;
};

/** Seals JSON. @param context what it is for: sealed for one place, it does not open in another */
export type Seal = (context: string, data: unknown) => Buffer;

const keyBytes = 32;

/** @param secret any text; in rotation keys wrapped in the older version still open */
export function personKeys(secret: Secret, store: KeyStore = keyStore): PersonKeys {
  const wrapping = secret.accepted.map((version) => createHash("sha256").update(`person keys:${version}`).digest());
  const [current = Buffer.alloc(0)] = wrapping;
  const newKey = (person: string) => {
    const key = randomBytes(keyBytes);
    return { key, wrapped: encrypt(current, person, key) };
  };

  function unwrap(person: string, wrapped: Buffer): Buffer {
    let failure: unknown;
    for (const key of wrapping) {
      try {
        return decrypt(key, person, wrapped);
      } catch (error) {
        failure = error;
      }
    }
    throw new Error("a person's key opens with no live version of the service's key", { cause: failure });
  }

  async function ensured(sql: Sql, person: string, fresh: Buffer): Promise<StoredKey> {
    for (let attempt = 0; attempt < 3; attempt++) {
      const stored = await store.ensure(sql, person, fresh);
      if (stored) return stored;
    }
    throw new Error("a person's key was neither there nor could be put there");
  }

  async function sealer(sql: Sql, person: Person, at: Instant): Promise<Seal | undefined> {
    const name = personOf(person);
    const sealing = (wrapped: Buffer): Seal => {
      const key = unwrap(name, wrapped);
      return (context, data) => encrypt(key, context, JSON.stringify(data));
    };
    const fresh = newKey(name);
    const stored = await ensured(sql, name, fresh.wrapped);
    if (stored.wrapped) return sealing(stored.wrapped);
    // An account or a thing never comes back. An address may: what it gives us after it was erased is a new beginning.
    if (!("addressDigest" in person) || (stored.destroyedAt ?? at) >= at) return undefined;
    await store.revive(sql, name, fresh.wrapped);
    const [revived] = await store.find(sql, [name]);
    return revived?.wrapped ? sealing(revived.wrapped) : undefined;
  }

  return {
    sealer,
    async seal(sql, person, context, data, at) {
      const seal = await sealer(sql, person, at);
      return seal?.(context, data);
    },

    async open<T>(sql: Sql, context: string, sealed: readonly Sealed[]) {
      const persons = [...new Set(sealed.flatMap((one) => (one.sealed ? [one.person] : [])))];
      const stored = persons.length === 0 ? [] : await store.find(sql, persons);
      const keys = new Map(
        stored.flatMap(({ person, wrapped }) => (wrapped ? [[person, unwrap(person, wrapped)]] : [])),
      );
      return sealed.map((one) => {
        const key = keys.get(one.person);
        if (!key || !one.sealed) return undefined;
        // as: the service's own, sealed by it for this place
        return JSON.parse(decrypt(key, context, one.sealed).toString()) as T;
      });
    },

    destroy: (sql, persons, now) => store.destroy(sql, persons.map(personOf), now),
  };
}
