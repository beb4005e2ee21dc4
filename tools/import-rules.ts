import { resolve } from "node:path";
import { check } from "./import-rules/rules.ts";
import { readTree } from "./import-rules/tree.ts";

/** `node tools/import-rules.ts [root]`: prints who imports what it may not, and what to do instead; exits 1 when anybody does. */
const root = resolve(process.argv[2] ?? resolve(import.meta.dirname, ".."));
const tree = readTree(root);
const violations = check(tree);
for (const { path, line, rule, mend } of violations) console.error(`${path}:${line}  ${rule}  ${mend}`);
console.log(
  `${tree.sources.length} files, ${violations.length === 0 ? "every import as it should be" : `${violations.length} to mend`}`,
);
process.exitCode = violations.length === 0 ? 0 : 1;
