/** A supervisor without a terminal: `souk up --detach` starts it, tells it what to run, and hears how it goes. */
import { enableCompileCache } from "node:module";
import type { UpOptions } from "./options.ts";

// Before the imports: stripping their types would hold 20 MB for as long as the shop runs.
enableCompileCache();
const [{ commandClock }, { homeAt }, { runSupervisor }] = await Promise.all([
  import("../clock.ts"),
  import("../state/home.ts"),
  import("./run.ts"),
]);

/** The first and only message to it. */
export type Orders = { readonly home: string; readonly up: UpOptions };

const stop = new AbortController();
const kill = new AbortController();
const end = () => (stop.signal.aborted ? kill : stop).abort();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, end);
// Started from a session whose terminal closes later: that is no reason to stop.
process.on("SIGHUP", () => {});

process.once("message", async (message) => {
  const { home, up } = message as Orders;
  process.exitCode = await runSupervisor({
    home: homeAt(home),
    up,
    clock: commandClock,
    env: process.env,
    // Whoever waited may be gone by now; the story is in the log all the same.
    report: (progress) => process.connected && process.send?.(progress, () => {}),
    stop: stop.signal,
    kill: kill.signal,
  });
  if (process.connected) process.disconnect();
});
