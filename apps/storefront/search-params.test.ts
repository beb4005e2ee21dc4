import assert from "node:assert/strict";
import { test } from "node:test";

// What the module remembers of preferences is asked of a browser; here there is none.
Object.assign(globalThis, { addEventListener: () => {} });
const { after, searchParams } = await import("./search-params.ts");

test("signing in leads on to a page of this shop, and nowhere else", () => {
  assert.deepEqual(after({ to: "/checkout?step=2" }), { to: "/checkout?step=2" });
  for (const to of [
    "//elsewhere.example/",
    "https://elsewhere.example/",
    "/\\\\elsewhere.example",
    "javascript:alert(1)",
    7,
  ])
    assert.deepEqual(after({ to }), {}, String(to));
});

test("of an address that somebody typed, what makes sense is looked for", () => {
  const typed = {
    q: "linen",
    min: "10",
    max: "ten",
    page: "0",
    sort: "upwards",
    stock: "true",
    option: "size:M",
    x: 1,
  };
  assert.deepEqual(searchParams(typed), { q: "linen", min: 10, stock: true, option: ["size:M"] });
  assert.deepEqual(searchParams({ q: "", page: 3, option: ["none", "colour:ink"] }), {
    page: 3,
    option: ["colour:ink"],
  });
});
