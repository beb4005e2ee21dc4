/** The program that `./souk` hands over to. */
import { enableCompileCache, getCompileCacheDir } from "node:module";
import { dirname } from "node:path";

// Before the imports that are worth keeping. ./souk has said where; whoever starts this file itself gets Node's own choice.
enableCompileCache();
// The folder that Node names is below the one that it wants to be told, one for each version. For every process started from here.
const compiled = getCompileCacheDir();
if (compiled !== undefined) process.env["NODE_COMPILE_CACHE"] ??= dirname(compiled);
const [{ processIo }, { souk }] = await Promise.all([import("./io.ts"), import("./souk.ts")]);

process.exitCode = await souk(process.argv.slice(2), processIo());
