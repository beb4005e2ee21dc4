import assert from "node:assert/strict";
import { test } from "node:test";
import { curlRequest } from "./curl.ts";
import { exchangesIn } from "./page.ts";
import { mismatch, parsePattern } from "./pattern.ts";

const wrong = (page: string, answer: unknown, names = new Map<string, string>()) =>
  mismatch(parsePattern(page), answer, names);

test("what a page leaves out may be anything, and nothing else may", () => {
  const answer = { id: "a", total: { amount: 5, currency: "EUR" }, lines: [1, 2, 3] };
  for (const page of [
    "{…}",
    '{"id":…,"total":{"amount":5,…},…}',
    '{"id":"a","total":{"amount":5,"currency":"EUR"},"lines":[1,2,3]}',
    '{"lines":[…,3],…}',
    '{"lines":[1,…],"total":{"currency":"E…",…},…}',
  ])
    assert.equal(wrong(page, answer), undefined, page);
  for (const [page, why] of [
    ['{"id":"a"}', "the answer has total, lines as well"],
    ['{"total":{"amount":6,…},…}', "/total/amount is 5, and not 6"],
    ['{"lines":[1,2],…}', "/lines is [1,2,3], and not a list of 2"],
    ['{"lines":[3,…,1],…}', "/lines has nothing more"],
    ['{"number":…,…}', "/number is not there"],
    ['{"id":"b…",…}', '/id is "a", and not b…'],
    ['{"id":null,…}', '/id is "a", and not null'],
  ] as const)
    assert.equal(wrong(page, answer), why);
  assert.throws(() => parsePattern('{"a" 1}'));
  assert.throws(() => parsePattern("{} {}"));
});

test("a name stands for what it stood for first", () => {
  const names = new Map<string, string>();
  assert.equal(
    wrong('{"id":"$cart","text":"see /reset?token=$token now"}', { id: "c1", text: "see /reset?token=x-1 now" }, names),
    undefined,
  );
  assert.deepEqual(
    [...names],
    [
      ["cart", "c1"],
      ["token", "x-1"],
    ],
  );
  assert.equal(wrong('{"id":"$cart"}', { id: "c1" }, names), undefined);
  assert.equal(wrong('{"id":"$cart"}', { id: "c2" }, names), '/id is "c2", and not $cart');
  assert.equal(
    wrong(
      '[…,{"sku":"B","id":"$b"}]',
      [
        { sku: "A", id: "1" },
        { sku: "B", id: "2" },
      ],
      names,
    ),
    undefined,
  );
  assert.equal(names.get("b"), "2", "of the one that is meant");
});

test("a page's requests are read as a shell reads them, over several lines", () => {
  const page = [
    "Text",
    "```console",
    `$ curl -X PUT "$shop/v1/items?a=1" -H "authorization: Bearer $staff" --json '{"a":`,
    `    "it costs $5"}'`,
    "200 {…,",
    `  "b":1}`,
    "$ curl $shop/x",
    "404",
    "```",
    "```",
    "$ curl never",
    "```",
  ].join("\n");
  const [put, get, ...more] = exchangesIn(page);
  assert.deepEqual([put?.line, put?.status, get?.status, get?.answer, more], [3, 200, 404, undefined, []]);
  const names = new Map([
    ["shop", "http://s"],
    ["staff", "t"],
  ]);
  assert.deepEqual(curlRequest(put?.command ?? "", names), {
    method: "PUT",
    url: "http://s/v1/items?a=1",
    headers: { authorization: "Bearer t", "content-type": "application/json" },
    body: { text: '{"a":\n    "it costs $5"}' },
  });
  assert.throws(() => curlRequest("curl $nothing", names), /nothing says what \$nothing is/);
  assert.throws(() => curlRequest("curl -k http://s", names), /not known here: -k/);
  assert.throws(() => exchangesIn("```console\n$ curl $shop\n```"), /line 2: no answer follows/);
});
