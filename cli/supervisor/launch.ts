import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { type Launch, notStarted } from "./supervised.ts";

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
    /** It is ready when each of these has said so, as a service of the chassis does: `{ type: "ready", name, port, managementPort }`. */
    readonly services: readonly string[];
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
    child.once("error", () => child.pid === undefined && onExit(notStarted));
    child.once("exit", (code, signal) => onExit({ code, signal }));
    const ports: Record<string, number> = {};
    const probes: Record<string, number> = {};
    child.on("message", (message) => {
      if (!isReady(message)) return;
      ports[message.name] = message.port;
      probes[message.name] = message.managementPort ?? message.port;
      if (options.services.every((service) => service in ports)) onReady(ports, probes);
    });
    return { pid: () => child.pid, signal: (signal) => void child.kill(signal) };
  };

const isReady = (message: unknown): message is { name: string; port: number; managementPort?: number } =>
  typeof message === "object" &&
  message !== null &&
  "type" in message &&
  message.type === "ready" &&
  "name" in message &&
  typeof message.name === "string" &&
  "port" in message &&
  typeof message.port === "number" &&
  (!("managementPort" in message) || typeof message.managementPort === "number");
