import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { instanceSettings } from "./instance-settings.ts";

test("a process gets its own settings, as they are when it starts", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "souk-instances-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "instances.json");
  const read = instanceSettings(path);
  assert.throws(() => read("orders-1"), /instances.json does not say what instances have: .*ENOENT/);
  writeFileSync(path, JSON.stringify({ "orders-1": { settings: { SOUK_LOG_LEVEL: "debug" } } }));
  assert.deepEqual(read("orders-1"), { settings: { SOUK_LOG_LEVEL: "debug" } });
  assert.deepEqual(read("orders-2"), {});
  writeFileSync(path, JSON.stringify({ "orders-2": { folder: "/other" } }));
  assert.deepEqual([read("orders-1"), read("orders-2")], [{}, { folder: "/other" }]);
  writeFileSync(path, "{");
  assert.deepEqual(read("orders-2"), { folder: "/other" }, "half written: what it last said holds");
  assert.deepEqual(instanceSettings(undefined)("orders-1"), {});
});
