import { type Argon2Parameters, argon2 as argon2Callback, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";

const argon2 = promisify(argon2Callback) as (algorithm: "argon2id", parameters: Argon2Parameters) => Promise<Buffer>;

/** OWASP's Password Storage Cheat Sheet, Argon2id: 19 MiB, 2 passes, 1 lane. About 30 ms here. */
const cost = { memory: 19_456, passes: 2, parallelism: 1 };
const tagLength = 32;

const derive = (password: string, nonce: Buffer, { memory, passes, parallelism }: typeof cost) =>
  argon2("argon2id", { message: password.normalize("NFKC"), nonce, memory, passes, parallelism, tagLength });

/** PHC string format, so that the cost can be raised later without losing older hashes. @param salt 16 random bytes */
export async function hashPassword(password: string, salt: Buffer): Promise<string> {
  const tag = await derive(password, salt, cost);
  return `$argon2id$v=19$m=${cost.memory},t=${cost.passes},p=${cost.parallelism}$${salt.toString("base64url")}$${tag.toString("base64url")}`;
}

/** Takes as long for a wrong password as for a right one, and for an unknown account (`hash` undefined) as for a known one. */
export async function verifyPassword(password: string, hash: string | undefined): Promise<boolean> {
  const [, memory, passes, parallelism, salt = "", tag = ""] =
    /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([\w-]+)\$([\w-]+)$/.exec(hash ?? "") ?? [];
  if (!memory) {
    await derive(password, Buffer.alloc(16), cost);
    return false;
  }
  const stored = Buffer.from(tag, "base64url");
  const derived = await derive(password, Buffer.from(salt, "base64url"), {
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
  });
  return stored.length === derived.length && timingSafeEqual(stored, derived);
}
