/** `clean-up.ts FOLDER` ends what a process that was killed has left in its temporary folder, and removes it: see guard.ts. */
import { rm } from "node:fs/promises";
import { stopEmbedded } from "@souk/postgres/embedded";
import { commandClock } from "./clock.ts";
import { homeAt } from "./state/home.ts";
import { endServices } from "./supervisor/end.ts";
import { livingProcesses } from "./supervisor/process-records.ts";

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error("usage: clean-up.ts <folder>");
const home = homeAt(folder);
await endServices(commandClock, await livingProcesses(home));
await stopEmbedded(home.postgres);
await rm(home.dir, { recursive: true, force: true });
