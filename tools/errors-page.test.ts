import assert from "node:assert/strict";
import { glob, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { httpStatus, requestProblems } from "@souk/http";
import type { Status } from "@souk/kernel";

const root = resolve(import.meta.dirname, "..");
const page = await readFile(join(root, "docs/errors.md"), "utf8");

type Line = { readonly code: string; readonly status: string; readonly http: number };
type Declared = { readonly code: string; readonly status: Status };

/** Every code that `defineErrors` makes, and the chassis' own. */
async function declared(): Promise<Line[]> {
  const lines: Line[] = Object.entries(requestProblems).map(([code, { status, http }]) => ({ code, status, http }));
  for await (const path of glob("{platform,services}/**/errors.ts", { cwd: root })) {
    const tables: Record<string, unknown> = await import(join(root, path));
    for (const table of Object.values(tables).filter(isObject))
      for (const { code, status } of Object.values(table).filter(isDeclared))
        lines.push({ code, status, http: httpStatus[status] });
  }
  return lines;
}
const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;
const isDeclared = (value: unknown): value is Declared =>
  typeof value === "function" && "code" in value && "status" in value;

const rows = [...page.matchAll(/^\| <a id="([^"]+)"><\/a>`([^`]+)` \| (\w+) \| (\d+) \| (.*) \|$/gm)].map(
  ([, anchor = "", code = "", status = "", http = "", prose = ""]) => ({
    anchor,
    code,
    status,
    http: Number(http),
    prose,
  }),
);
const byCode = (a: Line, b: Line) => (a.code < b.code ? -1 : 1);

test("docs/errors.md lists every error code of the system, with its status, and no other", async () => {
  const listed = rows.map(({ code, status, http }) => ({ code, status, http }));
  assert.deepEqual(listed.sort(byCode), (await declared()).sort(byCode));
});

test("every code on the page has its anchor and says what to do", () => {
  for (const { anchor, code, prose } of rows) {
    assert.equal(anchor, code);
    assert.match(prose, /\.$/, `${code} says something in whole sentences`);
  }
});
