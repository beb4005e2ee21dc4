import { createHmac } from "node:crypto";
import { type Clock, instant } from "@souk/kernel";
import type { Db, Tx } from "@souk/postgres";
import type { Secret } from "@souk/service";
import { type PersonKeys, personOf } from "@souk/service/personal-data";
import { confirmFactor, removeFactor, replaceRecoveryCodes, secondFactorTable } from "./db/second-factors.ts";
import { errors } from "./errors.ts";
import { contexts } from "./people.ts";
import { base32, keyUri, stepOf } from "./totp.ts";

type Deps = {
  db: Db;
  clock: Clock;
  newSecret: (bytes: number) => string;
  keys: PersonKeys;
  letterKey: Secret;
};

/** As many bits as the key of HMAC-SHA-1 (RFC 4226 §4). */
const secretBytes = 20;
const recoveryCodes = 10;
/** Of base32: 50 bits, which are tried ten times a quarter of an hour at most. */
const recoveryLength = 10;
const issuer = "Souk";

/** Codes of an authenticator (TOTP), and recovery codes for whoever has lost it. */
export function secondFactor({ db, clock, newSecret, keys, letterKey }: Deps) {
  const table = secondFactorTable(db);
  const now = () => instant(clock.now());
  const normal = (code: string) => code.replaceAll(/[\s-]/g, "").toUpperCase();
  const hashOf = (code: string) =>
    createHmac("sha256", letterKey.current)
      .update(`recovery:${normal(code)}`)
      .digest();
  const newRecoveryCode = () =>
    base32(Buffer.from(newSecret(recoveryLength), "base64url"))
      .slice(0, recoveryLength)
      .replace(/^.{5}/, "$&-");

  async function secretOf(userId: string, sealed: Uint8Array): Promise<Buffer | undefined> {
    const [secret] = await keys.open<string>(db, contexts.secondFactor, [{ person: personOf({ userId }), sealed }]);
    return secret === undefined ? undefined : Buffer.from(secret, "base64url");
  }

  /** Whether it is a code of the authenticator that was not used before. */
  async function takeCode(userId: string, sealed: Uint8Array, code: string): Promise<boolean> {
    const secret = await secretOf(userId, sealed);
    const step = secret && stepOf(secret, code, clock.now());
    return step !== undefined && table.takeStep(userId, step);
  }

  async function renewRecoveryCodes(tx: Tx, userId: string): Promise<string[]> {
    const codes = Array.from({ length: recoveryCodes }, newRecoveryCode);
    await replaceRecoveryCodes(tx, userId, codes.map(hashOf));
    return codes;
  }

  return {
    /** @throws errors.SecondFactorThere */
    async begin(userId: string, account: string) {
      const bytes = Buffer.from(newSecret(secretBytes), "base64url");
      const sealed = await keys.seal(db, { userId }, contexts.secondFactor, bytes.toString("base64url"), now());
      if (!sealed) throw errors.NotFound({ userId });
      if (!(await table.begin(userId, sealed, now()))) throw errors.SecondFactorThere();
      return { secret: base32(bytes), uri: keyUri(bytes, issuer, account) };
    },

    /** The first code proves that the authenticator has the secret. @throws errors.SecondFactorAbsent, errors.WrongCode */
    async confirm(userId: string, code: string, alongside: (tx: Tx) => Promise<void>): Promise<string[]> {
      const factor = await table.of(userId);
      if (!factor) throw errors.SecondFactorAbsent();
      if (factor.confirmed) throw errors.SecondFactorThere();
      if (!(await takeCode(userId, factor.sealed, code))) throw errors.WrongCode();
      return db.tx(async (tx) => {
        await confirmFactor(tx, userId, now());
        await alongside(tx);
        return renewRecoveryCodes(tx, userId);
      });
    },

    /** Whether it is a code that counts; a code of the authenticator and a recovery code each count once. */
    async check(userId: string, code: string): Promise<boolean> {
      const factor = await table.of(userId);
      if (!factor?.confirmed) return false;
      return (
        (await takeCode(userId, factor.sealed, code)) || (await table.takeRecoveryCode(userId, hashOf(code), now()))
      );
    },

    /** @throws errors.SecondFactorAbsent, errors.WrongCode */
    async renew(userId: string, code: string): Promise<string[]> {
      const factor = await table.of(userId);
      if (!factor?.confirmed) throw errors.SecondFactorAbsent();
      if (!(await takeCode(userId, factor.sealed, code))) throw errors.WrongCode();
      return db.tx((tx) => renewRecoveryCodes(tx, userId));
    },

    /** Returns false when there was none. */
    remove: (tx: Tx, userId: string) => removeFactor(tx, userId),
  };
}
export type SecondFactor = ReturnType<typeof secondFactor>;
