import assert from "node:assert/strict";
import { test } from "node:test";
import { page } from "./page.ts";

const links = (number: number, total = 45) =>
  page({ items: [], total, page: number, limit: 20 }, "/v1/things", { q: "a b", tag: ["x", "y"], none: undefined })
    ._links;

test("a page links to its neighbours and keeps the filters", () => {
  assert.deepEqual(links(2), {
    self: "/v1/things?q=a+b&tag=x&tag=y&page=2&limit=20",
    first: "/v1/things?q=a+b&tag=x&tag=y&page=1&limit=20",
    last: "/v1/things?q=a+b&tag=x&tag=y&page=3&limit=20",
    next: "/v1/things?q=a+b&tag=x&tag=y&page=3&limit=20",
    prev: "/v1/things?q=a+b&tag=x&tag=y&page=1&limit=20",
  });
});

test("the first page has nothing before it, the last nothing after it", () => {
  assert.deepEqual([links(1).prev, links(3).next], [undefined, undefined]);
});

test("an empty list has one first and last page, and no pages", () => {
  const { pagination, _links } = page({ items: [], total: 0, page: 1, limit: 20 }, "/v1/things");
  assert.deepEqual(pagination, { page: 1, limit: 20, total: 0, pages: 0 });
  assert.deepEqual([_links.last, _links.next], ["/v1/things?page=1&limit=20", undefined]);
});

test("beyond the end, the way back is the last page", () => {
  assert.equal(links(9).prev, "/v1/things?q=a+b&tag=x&tag=y&page=3&limit=20");
});
