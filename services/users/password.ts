import { type Argon2Parameters, argon2 as argon2Callback, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";

const argon2 = promisify(argon2Callback) as (algorithm: "argon2id", parameters: Argon2Parameters) => Promise<Buffer>;

/** What a hash costs: KiB of memory, and passes over it. */
type Cost = { readonly memory: number; readonly passes: number };
/** OWASP's Password Storage Cheat Sheet, Argon2id with one lane: 19 MiB, 2 passes. About 30 ms here. */
export const recommended: Cost = { memory: 19_456, passes: 2 };
const parallelism = 1;
const tagLength = 32;

type Parameters = Cost & { readonly salt: Buffer };
const derive = (password: string, { memory, passes, salt }: Parameters) =>
  argon2("argon2id", { message: password.normalize("NFKC"), nonce: salt, memory, passes, parallelism, tagLength });

/** PHC string format, so that the cost can be raised later without losing older hashes. */
async function hashWith(password: string, parameters: Parameters): Promise<string> {
  const { memory, passes, salt } = parameters;
  const tag = await derive(password, parameters);
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${salt.toString("base64url")}$${tag.toString("base64url")}`;
}

function parametersOf(hash: string): Parameters {
  const [, memory, passes, salt] = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=1\$([\w-]+)\$[\w-]+$/.exec(hash) ?? [];
  if (!memory || !passes || !salt) throw new Error("a stored password hash cannot be read");
  return { memory: Number(memory), passes: Number(passes), salt: Buffer.from(salt, "base64url") };
}

const same = (a: string, b: string) => a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));

export type Passwords = {
  /** @param salt 16 bytes */
  readonly hash: (password: string, salt: Buffer) => Promise<string>;
  /**
   * Which of `hashes` the password fits. All of one address are made with one salt, so that one derivation answers for none, one and
   * several of them in the same time; those from before a change of cost or salt take one more.
   * @returns `fresh`: its hash as it would be made today; `index` undefined: none
   */
  readonly match: (
    password: string,
    salt: Buffer,
    hashes: readonly (string | null)[],
  ) => Promise<{ readonly index: number | undefined; readonly fresh: string }>;
};

export function passwords(cost: Cost): Passwords {
  return {
    hash: (password, salt) => hashWith(password, { ...cost, salt }),
    async match(password, salt, hashes) {
      const fresh = await hashWith(password, { ...cost, salt });
      const made = new Map([[prefixOf(fresh), fresh]]);
      let index: number | undefined;
      for (const [i, hash] of hashes.entries()) {
        if (hash === null) continue;
        const prefix = prefixOf(hash);
        const ours = made.get(prefix) ?? (await hashWith(password, parametersOf(hash)));
        made.set(prefix, ours);
        if (same(ours, hash)) index ??= i;
      }
      return { index, fresh };
    },
  };
}

/** Everything but the tag: what two hashes must share to be compared. */
const prefixOf = (hash: string) => hash.slice(0, hash.lastIndexOf("$"));
