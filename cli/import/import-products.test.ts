import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { shopClient } from "../shop-client.ts";
import { importProducts } from "./import-products.ts";

const folder = await mkdtemp(join(tmpdir(), "souk-import-"));
after(() => rm(folder, { recursive: true }));
const file = join(folder, "products.csv");
const content = `sku,title,price\n${"A,Thing,1.00\n".repeat(20_000)}`;
await writeFile(file, content);

test("a file is sent whole, again when the shop was busy, and says how far it is", async () => {
  const received: string[] = [];
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const piece of request.setEncoding("utf8")) text += piece;
    received.push(text);
    response.writeHead(received.length === 1 ? 503 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify({ lines: received.length }));
  });
  after(() => server.close());
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo; // as: it listens on a port
  const shop = shopClient(`http://127.0.0.1:${port}`, async () => {});
  after(() => shop.close());
  const sent: number[] = [];
  const progress = {
    each: () => Promise.reject(new Error("a file is one piece")),
    bytes: <T>(_label: string, total: number, work: (sent: (bytes: number) => void) => Promise<T>) => {
      assert.equal(total, content.length);
      return work((bytes) => sent.push(bytes));
    },
  };
  const report = await importProducts(file, "text/csv", { shop, progress, token: "t" });
  assert.equal(report.lines, 2);
  assert.deepEqual(
    received.map((text) => text === content),
    [true, true],
  );
  assert.equal(sent.at(-1), content.length);
  assert.ok(sent.length > 4, "piece by piece");
});
