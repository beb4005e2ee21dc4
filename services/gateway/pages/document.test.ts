import assert from "node:assert/strict";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import type { Steps } from "@souk/contract/steps";
import { preparedDocument } from "./document.ts";

test("a document is made once, in steps between which others have their turn, for all who ask meanwhile", async () => {
  let made = 0;
  let turnsOfOthers = 0;
  const seen: number[] = [];
  const document = preparedDocument(function* (): Steps<string> {
    for (let step = 0; step < 4; step++) {
      seen.push(turnsOfOthers);
      yield;
    }
    return `made ${++made}`;
  });
  let isDone = false;
  const others = () => {
    turnsOfOthers++;
    if (!isDone) setImmediate(others);
  };
  setImmediate(others);
  const answers = await Promise.all([document({}), document({})]);
  isDone = true;
  assert.deepEqual(
    [...answers, await document({})].map(({ body }) => Buffer.from(body).toString()),
    ["made 1", "made 1", "made 1"],
  );
  assert.ok(
    seen.every((turns, step) => step === 0 || turns > (seen[step - 1] ?? 0)),
    `others had ${seen.join()} turns before the steps`,
  );
});

test("it is compressed for those who take that, and known by the same tag", async () => {
  const document = preparedDocument(function* (): Steps<string> {
    yield;
    return "Käse ".repeat(100);
  });
  const plain = await document({});
  for (const [accepted, isCompressed] of [
    ["gzip, deflate, br", true],
    ["br;q=1.0, gzip;q=0.5", true],
    ["*", true],
    ["gzip;q=0", false],
    ["gzip;q=0.0, br", false],
    ["identity", false],
    ["x-gzip-like", false],
  ] as const) {
    const { body, headers } = await document({ "accept-encoding": accepted });
    assert.equal(headers["content-encoding"], isCompressed ? "gzip" : undefined, accepted);
    assert.deepEqual(isCompressed ? gunzipSync(body) : body, plain.body);
    assert.deepEqual([headers["etag"], headers["vary"]], [plain.headers["etag"], "accept-encoding"]);
  }
});

test("one that could not be made is tried again when it is asked for next", async () => {
  let tries = 0;
  const document = preparedDocument(function* (): Steps<string> {
    yield;
    if (++tries === 1) throw new Error("not now");
    return "made";
  });
  await assert.rejects(document({}), /not now/);
  assert.equal(String((await document({})).body), "made");
});
