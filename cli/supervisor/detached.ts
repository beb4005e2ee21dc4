import { commandClock } from "../clock.ts";
import { homeAt } from "../state/home.ts";
import type { Orders } from "./main.ts";
import { runSupervisor } from "./run.ts";

/** Waits for the orders of the process that started this one, and carries them out until it is told to stop. */
export function superviseDetached(): void {
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => stop.abort());
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
      // Whoever is in such a hurry sends SIGKILL, and lets the next `souk down` end the rest.
      kill: new AbortController().signal,
    });
    if (process.connected) process.disconnect();
  });
}
