import type { Instant } from "@souk/kernel";
import type { Sql } from "@souk/postgres";
import { type AddressDigest, type Person, type PersonKeys, personOf, type Seal } from "@souk/service/personal-data";

/** What is sealed where: sealed for one place, it does not open in another. */
export const contexts = {
  contact: "notifications.contact",
  delivery: "notifications.delivery",
  phone: "notifications.phone",
} as const;

/** Whom something is for, as it is kept: nothing of it says who they are. */
export type Recipient = {
  readonly person: string;
  readonly userId: string | null;
  /** Of the address, or of what else names the recipient. */
  readonly key: Buffer;
  /** Undefined when they were erased: nothing about them may be kept. */
  readonly seal: Seal | undefined;
};

/** Turns an address into a recipient, under the key of its account or, without one, of the address itself. */
export function recipients(keys: PersonKeys, digest: AddressDigest) {
  const keyOf = (what: string): Buffer => Buffer.from(digest(what), "hex");

  async function recipient(sql: Sql, whom: Person, key: Buffer, at: Instant): Promise<Recipient> {
    const userId = "userId" in whom ? whom.userId : null;
    return { person: personOf(whom), userId, key, seal: await keys.sealer(sql, whom, at) };
  }

  return {
    keyOf,
    /** @param at when they gave us the address */
    at: (sql: Sql, email: string, userId: string | null, at: Instant): Promise<Recipient> =>
      recipient(sql, userId ? { userId } : { addressDigest: digest(email) }, keyOf(email), at),
    /** Of the shop's own people, who are not erased by themselves. */
    staff: (sql: Sql, email: string, at: Instant): Promise<Recipient> =>
      recipient(sql, { thing: `staff:${digest(email)}` }, keyOf(email), at),
    /** Somebody of whom only the account is known. */
    account: (sql: Sql, userId: string, at: Instant): Promise<Recipient> =>
      recipient(sql, { userId }, keyOf(`account:${userId}`), at),
    phone: (sql: Sql, number: string, userId: string, at: Instant): Promise<Recipient> =>
      recipient(sql, { userId }, keyOf(`tel:${number}`), at),
    open: keys.open,
  };
}
export type Recipients = ReturnType<typeof recipients>;
