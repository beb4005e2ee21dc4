import { spawn } from "node:child_process";
import { join } from "node:path";
import type { Home } from "./state/home.ts";

/** What a process needs to clean up after one that was killed. */
export type Guard = {
  /** Everything was cleaned up in order: there is nothing to guard any more. */
  readonly release: () => void;
};

/**
 * Ends what runs in the temporary folder `home`, and removes it, when this process dies before it has done so itself, `kill -9`
 * included. A shell waits for the end of a pipe that closes with us: a megabyte, where Node would take forty.
 */
export function guardTemporary(home: Home): Guard {
  const child = spawn(
    "sh",
    ["-c", 'cat >&2; exec "$@"', "souk-guard", process.execPath, join(import.meta.dirname, "clean-up.ts"), home.dir],
    // In a group of its own, where Ctrl-C in our terminal does not reach it; and not in a folder that is to be removed.
    { detached: true, stdio: ["pipe", "ignore", "ignore"], cwd: "/" },
  );
  child.unref();
  return {
    release() {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, "SIGKILL");
    },
  };
}
