import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey, sign, verify } from "node:crypto";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { type Home, homeAt, homeOf, makeHome } from "./home.ts";
import { ensureIdentities, identityFile } from "./identities.ts";
import { ensureSecrets } from "./secrets.ts";

let home: Home;
before(async () => {
  home = homeAt(join(await mkdtemp(join(tmpdir(), "souk-state-")), "home"));
  await makeHome(home);
});
after(() => rm(join(home.dir, ".."), { recursive: true, force: true }));

const modeOf = async (path: string) => (await stat(path)).mode & 0o777;

test("SOUK_HOME says where the state lives", () => {
  assert.equal(homeOf({ SOUK_HOME: "/tmp/elsewhere" }).secrets, "/tmp/elsewhere/secrets.json");
  assert.match(homeOf({}).dir, /\/\.souk$/);
});

test("a state folder is made with those above it, and where none can be made that is said at once", async () => {
  const deep = homeAt(join(home.dir, "a", "b"));
  await Promise.all([makeHome(deep), makeHome(deep)]);
  assert.equal(await modeOf(deep.logs), 0o700);
  await writeFile(join(deep.dir, "file"), "");
  await assert.rejects(makeHome(homeAt(join(deep.dir, "file"))), { code: "EEXIST" });
  await assert.rejects(makeHome(homeAt(join(deep.dir, "file", "below"))), { code: "EEXIST" });
});

const noFolders = process.platform === "linux" ? {} : { skip: "/proc is Linux's" };
test("below /proc, where no folder can be made, nothing waits for ever", noFolders, async () => {
  await assert.rejects(makeHome(homeAt("/proc/souk/here")), /No folder can be made at \/proc\/souk\./);
});

test("secrets are made once, kept, added to, and for the owner's eyes", async () => {
  const first = await ensureSecrets(home, { owners: ["orders"], services: ["SOUK_KEY"], developmentClients: [] });
  assert.equal(first.created, true);
  assert.equal(await modeOf(home.dir), 0o700);
  assert.equal(await modeOf(home.secrets), 0o600);

  const second = await ensureSecrets(home, {
    owners: ["orders", "users"],
    services: [],
    developmentClients: ["admin"],
  });
  assert.equal(second.created, false);
  assert.equal(second.secrets.database.owners["orders"], first.secrets.database.owners["orders"]);
  assert.equal(second.secrets.services["SOUK_KEY"], first.secrets.services["SOUK_KEY"]);
  assert.notEqual(second.secrets.database.owners["users"], second.secrets.database.owners["orders"]);
  assert.deepEqual(JSON.parse(await readFile(home.secrets, "utf8")), second.secrets);
});

test("what an identity signs, the trust bundle proves", async () => {
  await ensureIdentities(home, ["orders", "operator"]);
  await ensureIdentities(home, ["orders", "operator", "users"]);
  assert.equal(await modeOf(identityFile(home, "orders")), 0o600);

  const bundle = JSON.parse(await readFile(home.trustBundle, "utf8"));
  assert.deepEqual(
    bundle.keys.map((key: { kid: string }) => key.kid),
    ["operator", "orders", "users"],
  );
  assert.ok(
    bundle.keys.every((key: object) => !("d" in key)),
    "no private half in the bundle",
  );

  const secret = JSON.parse(await readFile(identityFile(home, "orders"), "utf8"));
  const signature = sign(null, Buffer.from("hello"), createPrivateKey({ key: secret, format: "jwk" }));
  const known = bundle.keys.find((key: { kid: string }) => key.kid === "orders");
  assert.ok(verify(null, Buffer.from("hello"), createPublicKey({ key: known, format: "jwk" }), signature));
});
