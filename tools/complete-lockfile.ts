import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { completed, type Lockfile } from "./complete-lockfile/completed.ts";

/**
 * `node tools/complete-lockfile.ts [root]`: run it after `npm install`. npm leaves optional packages for other platforms out of
 * package-lock.json when the registry does not have them, or when node_modules was there already; `npm ci` then refuses the
 * lockfile everywhere.
 */
const path = join(resolve(process.argv[2] ?? resolve(import.meta.dirname, "..")), "package-lock.json");
// as: npm's own file; whatever is not as expected in it stays as it is
const lockfile = JSON.parse(readFileSync(path, "utf8")) as Lockfile;
const { lockfile: whole, added } = completed(lockfile);
if (added.length > 0) writeFileSync(path, `${JSON.stringify(whole, null, 2)}\n`);
console.log(added.length === 0 ? "package-lock.json is complete" : `added to package-lock.json: ${added.join(", ")}`);
