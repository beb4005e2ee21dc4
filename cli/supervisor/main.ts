/** A supervisor without a terminal: `souk up --detach` starts it, tells it what to run, and hears how it goes. */
import { enableCompileCache } from "node:module";
import type { UpOptions } from "./options.ts";

// Before the imports: stripping their types would hold 20 MB for as long as the shop runs.
enableCompileCache();
const { superviseDetached } = await import("./detached.ts");

/** The first and only message to it. */
export type Orders = { readonly home: string; readonly up: UpOptions };

// Who only imports this has it compiled and kept for the process that runs it.
if (import.meta.main) superviseDetached();
