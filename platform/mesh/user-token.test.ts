import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { fakeClock } from "@souk/testing";
import { SignJWT } from "jose";
import { createUserTokenVerifier } from "./index.ts";
import { failsWith } from "./test-mesh.ts";

function issuerKey(kid: string) {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  return { kid, privateKey, public: { ...publicKey.export({ format: "jwk" }), kid, alg: "EdDSA", use: "sig" } };
}
const current = issuerKey("2030-01");

function setUp() {
  const clock = fakeClock();
  const issuer = { keys: [current.public], fetches: 0, down: false };
  const verify = createUserTokenVerifier({
    issuer: "https://shop",
    audience: "souk",
    clock,
    jwks: async () => {
      issuer.fetches++;
      if (issuer.down) throw new Error("users is down");
      return { keys: issuer.keys };
    },
  });
  const now = () => Math.floor(clock.now() / 1000);
  const token = (claims: object = {}, header: object = {}, key = current) =>
    new SignJWT({
      iss: "https://shop",
      aud: "souk",
      sub: "u-1",
      sid: "s-1",
      roles: ["customer"],
      iat: now(),
      exp: now() + 300,
      ...claims,
    })
      .setProtectedHeader({ alg: "EdDSA", typ: "at+jwt", kid: key.kid, ...header })
      .sign(key.privateKey);
  return { clock, issuer, verify, token, now };
}
const refused = (promise: Promise<unknown>) => assert.rejects(promise, failsWith("identity.invalid"));

test("a token says which person it speaks for, with what roles and in which session", async () => {
  const { verify, token } = setUp();
  assert.deepEqual(await verify(await token()), { kind: "user", id: "u-1", roles: ["customer"], sessionId: "s-1" });
});

test("a machine's token says which client it is", async () => {
  const { verify, token } = setUp();
  const machine = await token({
    sid: undefined,
    sub: "shop-script",
    client_id: "shop-script",
    roles: ["merchandiser"],
  });
  assert.deepEqual(await verify(machine), { kind: "client", id: "shop-script", roles: ["merchandiser"] });
});

test("another issuer, audience, type or algorithm, or a token without a subject, is refused", async () => {
  const { verify, token, now } = setUp();
  await refused(verify(await token({ iss: "https://evil" })));
  await refused(verify(await token({ aud: "other" })));
  await refused(verify(await token({ aud: undefined })));
  await refused(verify(await token({}, { typ: "JWT" })));
  await refused(verify(await token({}, { typ: "id+jwt" })));
  await refused(verify(await token({ roles: "admin" })));
  await refused(verify(await token({ sid: undefined })));
  await refused(verify(await token({ exp: undefined })));
  await refused(verify(await token({ nbf: now() + 60 })));
  const secret = await new SignJWT({
    iss: "https://shop",
    aud: "souk",
    sub: "u-1",
    sid: "s-1",
    roles: ["admin"],
    exp: now() + 300,
  })
    .setProtectedHeader({ alg: "HS256", typ: "at+jwt", kid: current.kid })
    .sign(Buffer.from(current.public.x ?? "")); // the public key as an HMAC secret: the classic confusion
  await refused(verify(secret));
  await verify(await token({ aud: ["other", "souk"] }));
});

test("a token expires, also one that was proven before", async () => {
  const { verify, token, clock } = setUp();
  const short = await token();
  await verify(short);
  await clock.advance(300_000);
  await refused(verify(short));
});

test("a key with the issuer's name but another's secret is refused", async () => {
  const { verify, token } = setUp();
  await refused(verify(await token({}, {}, issuerKey(current.kid))));
});

test("keys are fetched once, and again when a new one is met", async () => {
  const { verify, token, issuer, clock } = setUp();
  await Promise.all([verify(await token()), verify(await token({ sub: "u-2" }))]);
  assert.equal(issuer.fetches, 1);
  const next = issuerKey("2030-02");
  issuer.keys = [current.public, next.public];
  await clock.advance(10_000);
  await verify(await token({}, {}, next));
  await verify(await token({ sub: "u-3" }));
  assert.equal(issuer.fetches, 2);
});

test("a key that the issuer withdraws is believed for a minute at most, also in tokens proven before", async () => {
  const { verify, token, issuer, clock } = setUp();
  const stolen = await token({ exp: Math.floor(clock.now() / 1000) + 3_600 });
  await verify(stolen);
  const next = issuerKey("2030-02");
  issuer.keys = [next.public];
  await clock.advance(60_000);
  await verify(stolen); // the keys are fetched behind this one
  await clock.advance(0);
  await refused(verify(stolen));
  await verify(await token({}, {}, next));
  assert.equal(issuer.fetches, 2);
});

test("keys that cannot be fetched again go on being believed, and the issuer is asked every ten seconds", async () => {
  const { verify, token, issuer, clock } = setUp();
  const lasting = await token({ exp: Math.floor(clock.now() / 1000) + 3_600 });
  await verify(lasting);
  issuer.down = true;
  for (let i = 0; i < 3; i++) {
    await clock.advance(i === 0 ? 60_000 : 10_000);
    for (let asked = 0; asked < 5; asked++) await verify(lasting);
  }
  assert.equal(issuer.fetches, 4);
});

test("made-up key ids do not become requests to the issuer", async () => {
  const { verify, token, issuer } = setUp();
  for (let i = 0; i < 20; i++) await refused(verify(await token({}, { kid: `made-up-${i}` })));
  assert.equal(issuer.fetches, 1);
});

test("while the issuer is away nobody is refused for it, and it is found again at once", async () => {
  const { verify, token, issuer } = setUp();
  issuer.down = true;
  await assert.rejects(verify(await token()), /users is down/);
  issuer.down = false;
  await verify(await token());
});
