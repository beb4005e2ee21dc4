import { createPublicKey, generateKeyPairSync, type JsonWebKey } from "node:crypto";
import { join } from "node:path";
import type { Home } from "./home.ts";
import { readPrivateJson, writePrivate } from "./private-file.ts";

/** Who the command is towards the services' operator endpoints. */
export const operator = "operator";

export const identityFile = (home: Home, name: string) => join(home.identities, `${name}.jwk`);

/** An Ed25519 key pair for each name that has none yet, and the trust bundle: the public halves of all, `kid` = name. */
export async function ensureIdentities(home: Home, names: readonly string[]): Promise<void> {
  const keys = await Promise.all(
    [...names].sort().map(async (name) => {
      const file = identityFile(home, name);
      const known = await readPrivateJson<JsonWebKey>(file);
      if (known !== undefined) return publicHalf(name, known);
      const made = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
      await writePrivate(file, `${JSON.stringify({ ...made, kid: name, alg: "EdDSA", use: "sig" })}\n`);
      return publicHalf(name, made);
    }),
  );
  await writePrivate(home.trustBundle, `${JSON.stringify({ keys }, null, 2)}\n`);
}

const publicHalf = (name: string, jwk: JsonWebKey) => ({
  ...createPublicKey({ key: jwk, format: "jwk" }).export({ format: "jwk" }),
  kid: name,
  alg: "EdDSA",
  use: "sig",
});
