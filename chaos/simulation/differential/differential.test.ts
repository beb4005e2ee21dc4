import assert from "node:assert/strict";
import { test } from "node:test";
import { differ } from "./compare.ts";
import { openReal } from "./real.ts";
import { comparedTemplate } from "./template.ts";

/** `souk simulate --postgres N` runs more. */
const programs = 150;

test("the modelled PostgreSQL answers, waits and refuses as PostgreSQL does", async () => {
  const real = await openReal();
  for (let seed = 0; seed < programs; seed++) assert.equal(await differ(seed, comparedTemplate(), real), undefined);
  await real.close();
});
