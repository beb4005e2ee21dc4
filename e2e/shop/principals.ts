import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomUUID, sign } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Principal } from "@souk/contract";
import { eventually } from "./client.ts";
import { identityOf } from "./identities.ts";
import type { Shop } from "./running-shop.ts";
import { register } from "./shopping.ts";

/** Somebody who calls, and whom the shop must take them for. */
export type Caller = {
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Undefined: their token proves nothing, and must be refused wherever one is read. */
  readonly principal: Principal | undefined;
  /** Only the edge knows that the session has ended; inside, a token lives out its five minutes (ADR 5). */
  readonly onlyAtTheEdge?: true;
};

type Claims = Readonly<Record<string, unknown>>;
const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
const jws = (header: Claims, claims: Claims, signed: (text: string) => Buffer): string => {
  const text = `${encode(header)}.${encode(claims)}`;
  return `${text}.${signed(text).toString("base64url")}`;
};
const by = (key: KeyObject) => (text: string) => sign(null, Buffer.from(text), key);
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** The DER prefix of a PKCS #8 Ed25519 private key; the 32 bytes of the seed follow it (RFC 8410). */
const pkcs8Prefix = Buffer.from("302e020100300506032b657004220420", "hex");

/** Signs whatever it is asked to, with the shop's own key: what its users service would, and what it never would. */
export async function mint(shop: Shop) {
  const { services } = JSON.parse(await readFile(join(shop.home, "secrets.json"), "utf8"));
  const seed = Buffer.from(services.SOUK_TOKEN_SIGNING_KEY, "base64url");
  const key = createPrivateKey({ key: Buffer.concat([pkcs8Prefix, seed]), format: "der", type: "pkcs8" });
  const { keys } = await shop.http.must<{ keys: { kid: string }[] }>("GET", "/.well-known/jwks.json");
  const header = { alg: "EdDSA", typ: "at+jwt", kid: keys[0]?.kid };
  const now = Math.floor(Date.now() / 1_000);
  // Longer than any run of a suite, however slow the machine is.
  const exp = now + 7_200;
  const claims = { iss: shop.address, aud: "souk", sub: randomUUID(), jti: randomUUID(), iat: now, exp };
  return {
    key,
    header,
    user: (more: Claims = {}, head: Claims = {}) =>
      jws({ ...header, ...head }, { ...claims, sid: randomUUID(), roles: ["admin"], ...more }, by(key)),
    client: (roles: readonly string[]) => jws(header, { ...claims, client_id: "partner", roles }, by(key)),
    /** The same claims, signed by somebody else or not at all. */
    forged: (head: Claims, signed: (text: string) => Buffer) =>
      jws({ ...header, ...head }, { ...claims, sid: randomUUID(), roles: ["admin"] }, signed),
    now,
  };
}

const roles = ["customer", "support", "merchandiser", "operator", "admin"];

/** Every kind of caller from outside. */
export async function outsiders(shop: Shop): Promise<Caller[]> {
  const { user, client, forged, key, now } = await mint(shop);
  const bad = (name: string, token: string): Caller => ({ name, headers: bearer(token), principal: undefined });
  const stranger = generateKeyPairSync("ed25519").privateKey;
  const publicPem = createPublicKey(key).export({ format: "pem", type: "spki" });
  const { createHmac } = await import("node:crypto");
  const good = user();
  const identity = (await identityOf(shop, "orders")).tokenFor("users");
  return [
    { name: "nobody", headers: {}, principal: { kind: "anonymous" } },
    {
      name: "somebody with a guessed cart token",
      headers: { "x-cart-token": "guessed" },
      principal: { kind: "anonymous" },
    },
    {
      name: "somebody who claims to be a service",
      headers: { "x-souk-identity": identity },
      principal: { kind: "anonymous" },
    },
    ...roles.flatMap((role): Caller[] => [
      {
        name: `a person who is ${role}`,
        headers: bearer(user({ roles: [role] })),
        principal: { kind: "user", id: "", roles: [role], sessionId: "" },
      },
      {
        name: `a machine that is ${role}`,
        headers: bearer(client([role])),
        principal: { kind: "client", id: "", roles: [role] },
      },
    ]),
    {
      name: "a partner's machine without a role",
      headers: bearer(client([])),
      principal: { kind: "client", id: "", roles: [] },
    },
    {
      name: "a role that there is not",
      headers: bearer(user({ roles: ["root", "*", "service:orders"] })),
      principal: { kind: "user", id: "", roles: ["root"], sessionId: "" },
    },
    await endedSession(shop),
    await erasedPerson(shop),
    bad("an expired token", user({ iat: now - 600, exp: now - 300 })),
    bad("a token for somebody else", user({ aud: "another-shop" })),
    bad("a token of another issuer", user({ iss: "https://elsewhere.example" })),
    bad("a token from the future", user({ iat: now + 3_600, exp: now + 7_200 })),
    bad("a token without an end", user({ exp: undefined })),
    bad("a token of another type", user({}, { typ: "JWT" })),
    bad("a token with a key that is not known", user({}, { kid: "another" })),
    bad("a token with extensions", user({}, { crit: ["exp"] })),
    bad(
      "an unsigned token",
      forged({ alg: "none" }, () => Buffer.alloc(0)),
    ),
    bad(
      "a token signed with the public key",
      forged({ alg: "HS256" }, (text) => createHmac("sha256", publicPem).update(text).digest()),
    ),
    bad("a token of a stranger's key", forged({}, by(stranger))),
    bad(
      "a token that was changed",
      good.replace(
        /\.[^.]+\./,
        `.${encode({ iss: shop.address, aud: "souk", sub: "1", sid: "1", roles: ["admin"], exp: now + 7_200 })}.`,
      ),
    ),
    bad("a token whose signature was changed", `${good.slice(0, -8)}AAAAAAAA`),
    bad("a service's token for a person's", identity),
    { name: "a name and a password", headers: { authorization: "Basic YWRtaW46YWRtaW4=" }, principal: undefined },
  ];
}

async function endedSession(shop: Shop): Promise<Caller> {
  const { token, refreshToken } = await register(shop);
  await shop.http.must("POST", "/v1/auth/logout", { body: { refreshToken } });
  await untilRefused(shop, token);
  return { name: "somebody who has signed out", headers: bearer(token), principal: undefined, onlyAtTheEdge: true };
}

async function erasedPerson(shop: Shop): Promise<Caller> {
  const { token } = await register(shop);
  await shop.http.must("DELETE", "/v1/users/me", { token });
  await untilRefused(shop, token);
  return { name: "somebody who was erased", headers: bearer(token), principal: undefined, onlyAtTheEdge: true };
}

const untilRefused = (shop: Shop, token: string) =>
  eventually(
    "the token is refused",
    async () => (await shop.http.call("GET", "/v1/users/me", { token })).status === 401,
  );
