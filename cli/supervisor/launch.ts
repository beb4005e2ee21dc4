import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import type { Launch } from "./supervised.ts";

/**
 * Starts a Node program in a session of its own: Ctrl-C in our terminal does not reach it, and it outlives us. Its output
 * goes straight into its log file for the same reason.
 * @param args of Node @param env all of its environment; nothing of ours is added
 */
export const launchNode =
  (options: {
    readonly args: readonly string[];
    readonly env: Readonly<Record<string, string>>;
    readonly cwd: string;
    readonly logFile: string;
    /** The port of a ready message; undefined when the message is another one. */
    readonly readyPort: (message: unknown) => number | undefined;
  }): Launch =>
  ({ onReady, onExit }) => {
    const log = openSync(options.logFile, "a", 0o600);
    const child = spawn(process.execPath, [...options.args], {
      cwd: options.cwd,
      env: options.env,
      detached: true,
      stdio: ["ignore", log, log, "ipc"],
    });
    closeSync(log);
    // Without a pid the system could not start it: an "error" follows instead of an "exit".
    child.once("error", () => child.pid === undefined && onExit({ code: 127, signal: null }));
    child.once("exit", (code, signal) => onExit({ code, signal }));
    child.on("message", (message) => {
      const port = options.readyPort(message);
      if (port !== undefined) onReady(port);
    });
    return { pid: () => child.pid, signal: (signal) => void child.kill(signal) };
  };
