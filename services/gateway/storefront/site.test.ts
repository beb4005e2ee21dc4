import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { openSite } from "./site.ts";

const folder = await mkdtemp(join(tmpdir(), "souk-site-"));
after(() => rm(folder, { recursive: true, force: true }));
await mkdir(join(folder, "assets"));
const files = {
  "index.html": "<!doctype html><html><head></head><body></body></html>",
  "pages.json": '["/","/p/$product"]',
  "robots.txt": "User-agent: *",
  "assets/shop-1a2b.js": "plain",
  "assets/shop-1a2b.js.br": "small",
  "assets/shop-1a2b.js.gz": "smaller than plain",
};
for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
const site = openSite(folder, { development: true });
const html = { accept: "text/html,*/*" };

test("every address of a page answers with the document, and any other one with it and 404", () => {
  for (const [path, status] of [
    ["/p/brass-lantern", 200],
    ["/p/brass-lantern/", 200],
    ["/p/brass-lantern/more", 404],
    ["/nothing", 404],
  ] as const) {
    const page = site.at(path, html);
    assert.equal(page?.status, status, path);
    assert.match(String(page?.body), /<meta name="souk" content="development"><\/head>/);
  }
});

test("programs that ask for an address where nothing is do not get a page", () => {
  assert.equal(site.at("/nothing", { accept: "application/json" }), undefined);
  assert.equal(site.at("/nothing", {}), undefined);
  assert.equal(site.at("/assets/gone-3c4d.js", html), undefined);
});

test("nothing inline runs, and no other origin is asked for anything", () => {
  const policy = site.index.headers["content-security-policy"] ?? "";
  assert.match(policy, /^default-src 'none'; script-src 'self'; /);
  assert.doesNotMatch(policy, /unsafe|https?:|\*/);
});

test("files go out as small as the browser can take them, and for good when their name says what is in them", () => {
  const get = (path: string, encodings: string) => site.at(path, { "accept-encoding": encodings });
  const small = get("/assets/shop-1a2b.js", "gzip, deflate, br");
  assert.deepEqual([String(small?.body), small?.headers["content-encoding"]], ["small", "br"]);
  assert.match(small?.headers["cache-control"] ?? "", /immutable/);
  assert.equal(String(get("/assets/shop-1a2b.js", "gzip")?.body), "smaller than plain");
  assert.equal(String(get("/assets/shop-1a2b.js", "")?.body), "plain");
  assert.doesNotMatch(get("/robots.txt", "")?.headers["cache-control"] ?? "", /immutable/);
  assert.equal(get("/pages.json", ""), undefined);
  assert.equal(get("/assets/shop-1a2b.js.br", ""), undefined);
});
