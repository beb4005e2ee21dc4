import assert from "node:assert/strict";
import { test } from "node:test";
import { completed } from "./completed.ts";

const lockfile = {
  lockfileVersion: 3,
  packages: {
    "": { version: "1.0.0" },
    "node_modules/tool": {
      version: "2.6.8",
      dev: true,
      optionalDependencies: {
        "@tool/cli-darwin-arm64": "2.6.8",
        "@tool/cli-linux-x64": "2.6.8",
        "@tool/cli-linux-x64-musl": "2.6.8",
        fsevents: "~2.3.3",
      },
    },
    "node_modules/@tool/cli-linux-x64": { version: "2.6.8", integrity: "sha512-known", optional: true },
  },
};

test("a package for another platform gets its entry, in npm's order", () => {
  const { lockfile: whole, added } = completed(lockfile);
  assert.deepEqual(added, ["@tool/cli-darwin-arm64", "@tool/cli-linux-x64-musl"]);
  const { packages } = whole;
  assert.deepEqual(Object.keys(packages), [
    "",
    "node_modules/@tool/cli-darwin-arm64",
    "node_modules/@tool/cli-linux-x64",
    "node_modules/@tool/cli-linux-x64-musl",
    "node_modules/tool",
  ]);
  assert.deepEqual(packages["node_modules/@tool/cli-linux-x64-musl"], {
    version: "2.6.8",
    cpu: ["x64"],
    libc: ["musl"],
    os: ["linux"],
    dev: true,
    optional: true,
  });
});

test("what is there stays as it is, and a complete lockfile is left alone", () => {
  const whole = completed(lockfile).lockfile;
  assert.equal(
    whole.packages["node_modules/@tool/cli-linux-x64"],
    lockfile.packages["node_modules/@tool/cli-linux-x64"],
  );
  assert.deepEqual(completed(whole), { lockfile: whole, added: [] });
});
