import { execFile } from "node:child_process";
import { readdir, readFile, readlink } from "node:fs/promises";
import { createServer } from "node:net";
import { promisify } from "node:util";
import { errorCode } from "../state/private-file.ts";

/** Who listens on a port; without a pid when the system does not tell us (another user's process). */
export type PortHolder = { readonly pid?: number; readonly command?: string };

/** Undefined when the port of this machine can be listened on. */
export async function portProblem(port: number, host = "127.0.0.1"): Promise<"in use" | "not allowed" | undefined> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => server.once("error", reject).listen({ port, host }, resolve));
    return undefined;
  } catch (error) {
    if (errorCode(error) === "EADDRINUSE") return "in use";
    if (errorCode(error) === "EACCES") return "not allowed";
    throw error;
  } finally {
    server.close();
  }
}

export async function portHolder(port: number): Promise<PortHolder> {
  return (process.platform === "linux" ? await holderFromProc(port) : undefined) ?? (await holderFromLsof(port)) ?? {};
}

const listening = "0A"; // TCP_LISTEN of the kernel's include/net/tcp_states.h

async function holderFromProc(port: number): Promise<PortHolder | undefined> {
  const inodes = new Set<string>();
  for (const table of ["/proc/net/tcp", "/proc/net/tcp6"]) {
    for (const line of (await readFile(table, "utf8").catch(() => "")).split("\n").slice(1)) {
      const fields = line.trim().split(/\s+/);
      const [local, state, inode] = [fields[1], fields[3], fields[9]];
      if (local && inode && state === listening && Number.parseInt(local.split(":")[1] ?? "", 16) === port)
        inodes.add(`socket:[${inode}]`);
    }
  }
  if (inodes.size === 0) return undefined;
  for (const entry of await readdir("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    // Processes end while we look, and those of other users are closed to us.
    for (const fd of await readdir(`/proc/${entry}/fd`).catch(() => [])) {
      if (!inodes.has(await readlink(`/proc/${entry}/fd/${fd}`).catch(() => ""))) continue;
      const command = (await readFile(`/proc/${entry}/cmdline`, "utf8").catch(() => "")).replaceAll("\0", " ").trim();
      return { pid: Number(entry), command };
    }
  }
  return undefined;
}

async function holderFromLsof(port: number): Promise<PortHolder | undefined> {
  const args = ["-nP", `-iTCP:${port}`, "-sTCP:LISTEN", "-Fpc"];
  // Exits with 1 when it finds nothing; may not be installed at all.
  const { stdout } = await promisify(execFile)("lsof", args).catch(() => ({ stdout: "" }));
  const pid = /^p(\d+)$/m.exec(stdout)?.[1];
  const command = /^c(.+)$/m.exec(stdout)?.[1];
  return pid === undefined ? undefined : { pid: Number(pid), ...(command !== undefined && { command }) };
}

/** "process 4711 (node server.js)" */
export function describeHolder({ pid, command }: PortHolder): string {
  if (pid === undefined) return "a process of another user";
  const short = command && command.length > 80 ? `${command.slice(0, 79)}…` : command;
  return `process ${pid}${short ? ` (${short})` : ""}`;
}
