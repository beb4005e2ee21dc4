import assert from "node:assert/strict";
import { test } from "node:test";
import { requestProblems } from "@souk/http";
import { errors as orderErrors } from "@souk/orders/contract";
import { errorsPage } from "./errors.ts";

test("the page has the anchors that problem documents point to, and what to do beside them", () => {
  const served = errorsPage();
  const codes = [...Object.keys(requestProblems), ...Object.values(orderErrors).map(({ code }) => code)];
  for (const code of codes) assert.match(served, new RegExp(`<td><span id="${code}"><code>${code}</code></span></td>`));
  assert.match(served, /send an <code>Idempotency-Key<\/code>/);
  assert.doesNotMatch(served, /[`|]/, "no Markdown is left in it");
});
