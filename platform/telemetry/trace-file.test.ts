import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { systemClock } from "@souk/kernel";
import { fakeClock } from "@souk/testing";
import { type FinishedSpan, readTrace, rotated, type SpanNode } from "./index.ts";
import { createTraceFile } from "./trace-file.ts";

const folder = await mkdtemp(join(tmpdir(), "souk-trace-"));
after(() => rm(folder, { recursive: true }));

const clock = { ...systemClock, after: () => () => {} };
const spanOf = (service: string, spanId: string, startMs: number, parentId?: string, traceId = "t1"): FinishedSpan => ({
  traceId,
  spanId,
  ...(parentId !== undefined && { parentId }),
  service,
  instance: `${service}-1`,
  name: spanId,
  kind: "internal",
  startMs,
  durationMs: 1,
  attributes: {},
});
const outline = (nodes: readonly SpanNode[]): unknown[] =>
  nodes.map(({ name, children }) => [name, ...outline(children)]);

async function written(name: string, spans: FinishedSpan[], maxBytes?: number): Promise<string> {
  const path = join(folder, "deep", name);
  const file = createTraceFile({ path, clock, ...(maxBytes !== undefined && { maxBytes }) });
  for (const span of spans) file.add(span);
  await file.close();
  return path;
}

test("a trace is put together from the files of several processes", async () => {
  const orders = await written("orders", [
    spanOf("orders", "b", 2, "a"),
    spanOf("orders", "x", 0, undefined, "t2"),
    spanOf("orders", "d", 3, "a"),
  ]);
  const gateway = await written("gateway", [spanOf("gateway", "a", 1, "outside"), spanOf("gateway", "c", 9, "b")]);
  const trace = await readTrace([orders, gateway, join(folder, "never-written")], "t1");
  assert.deepEqual(outline(trace), [["a", ["b", ["c"]], ["d"]]]);
  assert.equal(trace[0]?.service, "gateway");
});

test("a span is on disk a moment after it ended, without anybody closing the file", async () => {
  const ticking = fakeClock();
  const path = join(folder, "ticking");
  const file = createTraceFile({ path, clock: ticking });
  file.add(spanOf("orders", "a", 1));
  assert.deepEqual(await readTrace([path], "t1"), []);
  await ticking.advance(200);
  while ((await readTrace([path], "t1")).length === 0); // until the disk has it
});

test("a trace that no file knows is empty", async () => {
  assert.deepEqual(await readTrace([await written("some", [spanOf("orders", "a", 1)])], "t9"), []);
});

test("a half-written last line is left out", async () => {
  const path = await written("killed", [spanOf("orders", "a", 1)]);
  await writeFile(path, `${await readFile(path, "utf8")}{"traceId":"t1","spanId":"b`);
  assert.deepEqual(outline(await readTrace([path], "t1")), [["a"]]);
});

test("a file never grows beyond its cap and keeps the newest", async () => {
  const path = join(folder, "capped");
  for (let i = 0; i < 20; i++) {
    const file = createTraceFile({ path, clock, maxBytes: 1_000 });
    file.add(spanOf("orders", `s${i}`, i));
    await file.close();
    assert.ok((await stat(path)).size <= 1_000);
  }
  assert.ok((await stat(rotated(path))).size <= 1_000);
  const kept = (await readTrace([path], "t1")).map(({ name }) => name);
  assert.equal(kept.at(-1), "s19");
  assert.ok(kept.length > 5 && kept.length < 20);
});

test("a disk that takes nothing does not disturb the work", async () => {
  const file = createTraceFile({ path: "/dev/null/not-a-folder/spans", clock });
  for (let i = 0; i < 300; i++) file.add(spanOf("orders", `s${i}`, i));
  await file.close();
});
