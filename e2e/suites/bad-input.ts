import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { before, type TestContext, test } from "node:test";
import { openapi } from "@souk/contract/openapi";
import { gateway } from "@souk/gateway/contract";
import {
  mistakeIn,
  mistakeInProblem,
  type Operation,
  operationsIn,
  validRequest,
  type WrongRequest,
  wrongRequests,
} from "@souk/testing/bad-input";
import { bombard, inTurn, type Shot } from "../shop/bombard.ts";
import { eventually } from "../shop/client.ts";
import { changedIn, type Fingerprint, fingerprintOf } from "../shop/fingerprint.ts";
import { identityOf } from "../shop/identities.ts";
import { mint } from "../shop/principals.ts";
import type { Process, Shop } from "../shop/running-shop.ts";
import { register } from "../shop/shopping.ts";

/**
 * `E2E_SEED=7 E2E_PER_OPERATION=5000 ./souk test shop` takes longer and looks further; `E2E_ONLY=orders.checkout#17` sends the one
 * request that was complained of, again and again the same for a seed.
 */
const seed = Number(process.env["E2E_SEED"] ?? 20_261_121);
/** For each operation, those that only services may call included. */
const perOperation = Number(process.env["E2E_PER_OPERATION"] ?? 500);
const only = process.env["E2E_ONLY"];
const validPerOperation = 8;

/**
 * What moves by itself: who works on what, how far the bus was read, where comparing the books has come to, mail that is still
 * being sent for what was ordered before, and the read models that follow the bus.
 */
const restless =
  /\.chassis\.(task_leases|saga_runners)$|^bus\.bus\.(cursor|member)$|\.public\.reconciliation$|^notifications\.public\.(deliveries|sink)$|^(search|recommendations)\./;
/** A refusal is remembered under its idempotency key. */
const remembered = /\.chassis\.idempotency_keys$/;
/** Of a process, in MB: less than a kilobyte for each request would add up to. */
const growthLimit = 120;

export function badInput(shop: () => Shop): void {
  let since = "";
  let operations: readonly Operation[] = [];
  /** May call everything, so that it is the request that is refused and not the caller. */
  let admin = "";

  before(async () => {
    since = new Date().toISOString();
    const own = openapi(gateway, { title: "gateway", version: "" });
    const merged = await shop().http.must("GET", "/openapi.json");
    operations = [...operationsIn(merged), ...operationsIn(own)];
    admin = await signedIn(shop());
  });

  test(`whatever is wrong with a request from outside, it is refused, and nothing changes (seed ${seed})`, async (t) => {
    const { address } = shop();
    const authorization = `Bearer ${admin}`;
    const shots = operations.map((operation) => shotsAt(operation, address, { authorization }));
    await assertHarmless(t, shots);
  });

  test(`nor with a request from inside (seed ${seed})`, async (t) => {
    const shots: Iterator<Shot<WrongRequest>>[] = [];
    const known = new Set<string>();
    for (const { name, port } of await services()) {
      const address = `http://127.0.0.1:${port}`;
      const document = await (await fetch(`${address}/openapi.json`)).json();
      for (const operation of operationsIn(document)) {
        const [caller] = operation.access.flatMap((rule) => /^service:([^,]+)/.exec(rule)?.[1] ?? []);
        const id = operation.path.startsWith("/internal/chassis/")
          ? operation.id.replace(/^[^.]+/, "chassis")
          : operation.id;
        if (caller === undefined || known.has(id)) continue; // what is public was asked from outside; the chassis is the same in each
        known.add(id);
        const identity = await identityOf(shop(), caller);
        shots.push(shotsAt(operation, address, () => ({ "x-souk-identity": identity.tokenFor(name) })));
      }
    }
    assert.ok(known.size > 20, `only ${known.size} internal operations were found`);
    await assertHarmless(t, shots);
  });

  test("what the document allows is never refused for its shape", { skip: only !== undefined }, async () => {
    const shots: Iterator<Shot<ReturnType<typeof validRequest>>>[] = [];
    for (const operation of operations) {
      // What is one's own is somebody's who will not be missed.
      const token = operation.access.includes("signed-in") ? (await register(shop())).token : admin;
      const own = { authorization: `Bearer ${token}` };
      const requests = Array.from({ length: validPerOperation }, (_, n) => validRequest(operation, seed, n));
      shots.push(requests.map((request) => ({ request, address: shop().address, own })).values());
    }
    const { complaints } = await bombard(inTurn(shots), (answer) => {
      if (answer.status >= 500) return `it was answered with ${answer.status}: ${answer.text}`;
      if (answer.status < 400) return undefined;
      return /"code":"(validation_failed|malformed_\w+|body_missing|unsupported_media_type|method_not_allowed)"/.test(
        answer.text,
      )
        ? `it was refused for its shape: ${answer.text}`
        : mistakeInProblem(answer);
    });
    await endPromotions();
    assert.deepEqual(complaints.slice(0, 10), []);
  });

  /** Some were made of what the document allows, and would change what everybody pays from now on. */
  async function endPromotions() {
    const token = admin;
    for (const list of ["promotions", "tax-rates"]) {
      const path = `/v1/${list}?status=active&limit=100`;
      const { data } = await shop().http.must<{ data: { id: string }[] }>("GET", path, { token });
      for (const { id } of data)
        await shop().http.must("PATCH", `/v1/${list}/${id}`, { token, body: { status: "archived" } });
    }
  }

  test("no service had anything to report", async () => {
    const complaints: string[] = [];
    for (const file of await readdir(join(shop().home, "logs"))) {
      if (!/-\d+\.log$/.test(file)) continue;
      for (const line of (await readFile(join(shop().home, "logs", file), "utf8")).split("\n"))
        if (/"level":"error"/.test(line) && (/"time":"([^"]+)"/.exec(line)?.[1] ?? "") > since)
          complaints.push(`${file}: ${line}`);
    }
    assert.deepEqual(complaints.slice(0, 5), []);
  });

  const services = async (): Promise<readonly Process[]> =>
    (await shop().status()).filter(
      ({ name, port }) => port !== null && !["postgres", "supervisor", "gateway"].includes(name),
    );

  function* shotsAt(
    operation: Operation,
    address: string,
    own: Shot<WrongRequest>["own"],
  ): Generator<Shot<WrongRequest>> {
    for (const request of wrongRequests(operation, seed, perOperation))
      if (only === undefined || request.name === only) yield { request, address, own };
  }

  async function assertHarmless(t: TestContext, shots: readonly Iterator<Shot<WrongRequest>>[]): Promise<void> {
    const before = await atRest();
    const memory = await shop().status();
    const begun = performance.now();
    const { sent, passing, complaints } = await bombard(inTurn(shots), (answer, { request }, bytes) =>
      mistakeIn(answer, request, bytes),
    );
    const seconds = (performance.now() - begun) / 1_000;
    t.diagnostic(
      `${sent} requests to ${shots.length} operations in ${seconds.toFixed(1)} s, ${passing} of them asked again`,
    );
    assert.deepEqual(complaints.slice(0, 10), [], `${complaints.length} complaints`);
    const after = await eventually("nothing moves", async () => quiet(await fingerprintOf(shop())));
    assert.deepEqual(
      changedIn(before, after).filter((table) => !remembered.test(table)),
      [],
    );
    // A heap is not swept in the middle of a rush; what is left when the processes rest is what was kept.
    let kept: string[] = [];
    await eventually("memory is given back", async () => {
      kept = grown(memory, await shop().status());
      return kept.length === 0;
    }).catch(() => assert.deepEqual(kept, []));
  }

  /** What is on its way arrives first: mail, and what is told of orders. */
  async function atRest(): Promise<Fingerprint> {
    let last: Fingerprint = new Map();
    return eventually("the shop is at rest", async () => {
      const now = quiet(await fingerprintOf(shop()));
      const rests = changedIn(last, now).length === 0;
      last = now;
      return rests && now;
    });
  }
}

const quiet = (all: Fingerprint): Fingerprint => new Map([...all].filter(([table]) => !restless.test(table)));

const grown = (before: readonly Process[], after: readonly Process[]): string[] =>
  after.flatMap(({ name, memoryMb, restarts }) => {
    const was = before.find((process) => process.name === name);
    if (!was || name === "postgres") return [];
    if (restarts > was.restarts) return [`${name} died`];
    return memoryMb - was.memoryMb > growthLimit ? [`${name} grew from ${was.memoryMb} to ${memoryMb} MB`] : [];
  });

/** A token of the first administrator that lives longer than the suite takes: to sign in again would change something. */
async function signedIn(shop: Shop): Promise<string> {
  const { email, password } = await shop.admin();
  const body = { email, password };
  const { accessToken } = await shop.http.must<{ accessToken: string }>("POST", "/v1/auth/login", { body });
  const { sub, sid } = JSON.parse(Buffer.from(accessToken.split(".")[1] ?? "", "base64url").toString());
  return (await mint(shop)).user({ sub, sid });
}
