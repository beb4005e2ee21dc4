import assert from "node:assert/strict";
import { generateKeyPairSync, type JsonWebKey, type KeyObject } from "node:crypto";
import { test } from "node:test";
import { fakeClock } from "@souk/testing";
import { decodeProtectedHeader, jwtVerify, SignJWT } from "jose";
import { createIdentity, createIdentityVerifier, staticTrustBundle, type TrustBundle } from "./index.ts";
import { keysById } from "./jws.ts";
import { failsWith } from "./test-mesh.ts";

const pair = (kid: string) => {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  return {
    privateKey,
    jwk: privateKey.export({ format: "jwk" }),
    publicKey,
    public: { ...publicKey.export({ format: "jwk" }), kid },
  };
};
const orders = pair("orders");
const payments = pair("payments");
const bundle = staticTrustBundle({ keys: [orders.public, payments.public] });

function setUp(trustBundle: TrustBundle = bundle, privateKeyJwk: JsonWebKey = orders.jwk, service = "orders") {
  const clock = fakeClock();
  const identity = createIdentity({ service, privateKeyJwk, clock });
  return { clock, identity, verify: createIdentityVerifier({ trustBundle, self: "inventory", clock }) };
}
const refused = (promise: Promise<unknown>) => assert.rejects(promise, failsWith("identity.invalid"));

test("a service is known by its token", async () => {
  const { identity, verify } = setUp();
  const token = identity.tokenFor("inventory");
  assert.deepEqual(await verify(token), { kind: "service", id: "orders" });
  assert.deepEqual(await verify(token), { kind: "service", id: "orders" });
});

test("a token is an ordinary JWT that others can check", async () => {
  const { identity, clock } = setUp();
  const token = identity.tokenFor("inventory");
  const { payload } = await jwtVerify(token, orders.publicKey, {
    audience: "inventory",
    issuer: "orders",
    currentDate: new Date(clock.now()),
  });
  assert.equal((payload.exp ?? 0) - (payload.iat ?? 0), 300);
  assert.deepEqual(decodeProtectedHeader(token), { alg: "EdDSA", typ: "souk-identity+jwt", kid: "orders" });
});

test("one token serves a callee for four minutes, then a new one is made", async () => {
  const { identity, clock } = setUp();
  const first = identity.tokenFor("inventory");
  assert.notEqual(identity.tokenFor("payments"), first);
  await clock.advance(239_999);
  assert.equal(identity.tokenFor("inventory"), first);
  await clock.advance(1);
  assert.notEqual(identity.tokenFor("inventory"), first);
});

test("a token for somebody else proves nothing here", async () => {
  const { identity, verify } = setUp();
  await refused(verify(identity.tokenFor("payments")));
});

test("a token expires, also one that was proven before", async () => {
  const { identity, verify, clock } = setUp();
  const token = identity.tokenFor("inventory");
  await verify(token);
  await clock.advance(299_999);
  await verify(token);
  await clock.advance(1);
  await refused(verify(token));
});

test("nobody can speak for another service", async () => {
  const { identity, verify } = setUp(bundle, payments.jwk, "orders"); // payments' key, orders' name
  await refused(verify(identity.tokenFor("inventory")));
});

test("a service that is not in the trust bundle is refused, and trusted once it is", async () => {
  let keys: ReadonlyMap<string, readonly KeyObject[]> = keysById({ keys: [] });
  const { identity, verify } = setUp({ current: () => keys });
  const token = identity.tokenFor("inventory");
  await refused(verify(token));
  keys = keysById({ keys: [orders.public] });
  await verify(token);
  keys = keysById({ keys: [payments.public] });
  await refused(verify(token));
});

test("while keys rotate both are good", async () => {
  const next = pair("orders");
  const { identity, verify } = setUp(staticTrustBundle({ keys: [next.public, orders.public] }));
  assert.deepEqual(await verify(identity.tokenFor("inventory")), { kind: "service", id: "orders" });
});

test("tampered, truncated and foreign tokens are refused", async () => {
  const { identity, verify, clock } = setUp();
  const [head = "", body = "", signature = ""] = identity.tokenFor("inventory").split(".");
  const flipped = Buffer.from(signature, "base64url");
  flipped[5] = (flipped[5] ?? 0) ^ 1;
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const admin = encode({ ...JSON.parse(Buffer.from(body, "base64url").toString()), iss: "payments" });
  const none = encode({ alg: "none", typ: "souk-identity+jwt", kid: "orders" });
  const bad = [
    "",
    ".",
    "..",
    head,
    `${head}.${body}`,
    `${head}.${body}.`,
    `${head}.${body}.${flipped.toString("base64url")}`,
  ];
  bad.push(
    `${head}.${admin}.${signature}`,
    `${none}.${body}.`,
    `${none}.${body}.${signature}`,
    `${head}.${body}.${signature}.x`,
    "x".repeat(10_000),
  );
  for (const token of bad) await refused(verify(token));
  const now = Math.floor(clock.now() / 1000);
  const sign = (claims: object, header: object = {}) =>
    new SignJWT({ iss: "orders", aud: "inventory", iat: now, exp: now + 300, ...claims })
      .setProtectedHeader({ alg: "EdDSA", typ: "souk-identity+jwt", kid: "orders", ...header })
      .sign(orders.privateKey);
  await verify(await sign({}));
  await refused(verify(await sign({ exp: now + 3_600 })));
  await refused(verify(await sign({ iat: now + 60, exp: now + 120 })));
  await refused(verify(await sign({ exp: undefined })));
  await refused(verify(await sign({}, { typ: "at+jwt" })));
  await refused(verify(await sign({}, { kid: "payments" })));
});

test("an identity needs an Ed25519 key", () => {
  const jwk = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ format: "jwk" });
  assert.throws(
    () => createIdentity({ service: "orders", privateKeyJwk: jwk, clock: fakeClock() }),
    /not an Ed25519 key/,
  );
});
