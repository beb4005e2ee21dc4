import { createHash, createHmac } from "node:crypto";
import { type Clock, instant } from "@souk/kernel";
import type { Publish } from "@souk/messaging";
import type { Db, Tx } from "@souk/postgres";
import type { Secret } from "@souk/service";
import { type PersonKeys, personOf } from "@souk/service/personal-data";
import { users } from "./contract.ts";
import { insertLetter, type Letter, type LetterKind, letterTable } from "./db/letters.ts";
import { type Account, accountTable } from "./db/users.ts";
import { errors } from "./errors.ts";
import { contexts, type People } from "./people.ts";

type Deps = {
  db: Db;
  clock: Clock;
  newId: () => string;
  publish: Publish;
  people: People;
  keys: PersonKeys;
  letterKey: Secret;
};

/** What is in a letter beside the account's own profile: another address, and the password's hash for when it is proved. */
export type Enclosure = { email: string; passwordHash?: string };

const dayMs = 86_400_000;
/** How long a letter may be sent, and its token used. */
const lifeMs: Readonly<Record<LetterKind, number>> = {
  welcome: 7 * dayMs,
  "verify-address": dayMs,
  "reset-password": 30 * 60_000,
  "address-taken": dayMs,
  "address-changed": dayMs,
  "password-changed": dayMs,
  "second-factor-changed": dayMs,
  "api-key-made": dayMs,
};
const withToken: ReadonlySet<LetterKind> = new Set(["welcome", "verify-address", "reset-password"]);
const sweepAfterMs = 7 * dayMs;

const hashOfToken = (token: string): Buffer => createHash("sha256").update(token).digest();

/**
 * Letters about accounts. The event that announces one says neither who it is for nor what is in it: whoever sends it asks for both then.
 * A token is derived from its letter's id, so that it can be sent again after a crash though only its hash is kept.
 */
export function letters({ db, clock, newId, publish, people, keys, letterKey }: Deps) {
  const table = letterTable(db);
  const now = () => instant(clock.now());
  const tokenOf = (letterId: string) => createHmac("sha256", letterKey.current).update(letterId).digest("base64url");

  async function insert(
    tx: Tx,
    kind: LetterKind,
    to: { userId: string | null; emailDigest?: Uint8Array; enclosed?: Enclosure },
  ): Promise<void> {
    const letterId = newId();
    const at = now();
    const sealed =
      to.enclosed && to.userId
        ? await keys.seal(tx, { userId: to.userId }, contexts.letter, to.enclosed, at)
        : undefined;
    await insertLetter(tx, {
      letterId,
      kind,
      userId: to.userId,
      emailDigest: to.emailDigest ?? null,
      sealed: sealed ?? null,
      tokenHash: withToken.has(kind) ? hashOfToken(tokenOf(letterId)) : null,
      now: at,
      expiresAt: instant(clock.now() + lifeMs[kind]),
    });
    await publish(tx, users.events.letterDue, { subject: letterId, sequence: 1, data: { letterId, kind } });
  }

  /** Whom a letter is for: an account, or whoever has the address that it was asked for by. */
  async function recipient({ userId, emailDigest }: Letter): Promise<Account | undefined> {
    if (userId) return accountTable(db).byId(userId);
    if (!emailDigest) return undefined;
    const [first] = await accountTable(db).byAddress(emailDigest, 1);
    return first;
  }

  async function enclosed({ userId, sealed }: Letter): Promise<Enclosure | undefined> {
    if (!userId) return undefined;
    const [enclosure] = await keys.open<Enclosure>(db, contexts.letter, [{ person: personOf({ userId }), sealed }]);
    return enclosure;
  }

  return {
    /** Writes to somebody. */
    to: (tx: Tx, kind: LetterKind, userId: string, enclosed?: Enclosure) =>
      insert(tx, kind, { userId, ...(enclosed && { enclosed }) }),
    /** Writes to whoever has an address, which may be nobody. */
    toAddress: (tx: Tx, kind: LetterKind, emailDigest: Uint8Array) => insert(tx, kind, { userId: null, emailDigest }),

    /** Where somebody is written to. @throws errors.NotFound: they are gone, or nobody knows whether the address is theirs */
    async contact(userId: string) {
      const account = await accountTable(db).byId(userId);
      const user = account && (await people.user(db, account));
      if (!user?.emailVerified) throw errors.NotFound({ userId });
      return { email: user.email, name: user.name, locale: user.locale };
    },

    /** @throws errors.LetterOver: it is for nobody (any more), or too late */
    async open(letterId: string) {
      const letter = await table.byId(letterId);
      const account = letter && (await recipient(letter));
      const user = account && (await people.user(db, account));
      if (!letter || !user || letter.usedAt !== null || letter.expiresAt <= now())
        throw errors.LetterOver({ letterId });
      if (letter.userId === null) await table.address(letterId, user.id);
      const enclosure = await enclosed(letter);
      const token = letter.hasToken ? { token: tokenOf(letterId), expiresAt: letter.expiresAt } : {};
      const { id: userId, email, name, locale } = user;
      return { userId, email: enclosure?.email ?? email, name, locale, ...token };
    },

    /** The letter that a token came in. @throws errors.LetterTokenInvalid: unknown, of another kind, or too old */
    async withToken(token: string, kinds: readonly LetterKind[]) {
      const letter = await table.byToken(hashOfToken(token));
      if (!letter?.userId || !kinds.includes(letter.kind) || letter.expiresAt <= now())
        throw errors.LetterTokenInvalid();
      return { ...letter, userId: letter.userId, enclosure: await enclosed(letter) };
    },

    sweep: async (): Promise<void> => void (await table.sweep(instant(clock.now() - sweepAfterMs))),
  };
}
export type Letters = ReturnType<typeof letters>;
