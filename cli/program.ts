import { spawn } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";
import { join } from "node:path";
import { repository } from "./state/home.ts";

/**
 * Runs a program of the repository that stands on the test kit, which no command does, until it ends. It has our terminal.
 * @param path from the repository's root  @param toldOn where its standard output goes: `err` when ours is for programs
 * @returns its exit code; 128 and the signal's number when one ended it, as shells say it
 */
export async function runProgram(
  path: string,
  args: readonly string[],
  { toldOn = "out" }: { readonly toldOn?: "out" | "err" } = {},
): Promise<number> {
  const out = toldOn === "out" ? "inherit" : 2;
  const child = spawn(process.execPath, [join(repository, path), ...args], { stdio: ["inherit", out, "inherit"] });
  // Ctrl-C reaches it too, from the terminal; what only we are sent is passed on. We end when it has.
  const stay = () => {};
  const pass = (signal: NodeJS.Signals) => void child.kill(signal);
  process.on("SIGINT", stay);
  for (const signal of ["SIGTERM", "SIGHUP"] as const) process.on(signal, pass);
  try {
    const [code, signal] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
    return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
  } finally {
    process.off("SIGINT", stay);
    for (const signal of ["SIGTERM", "SIGHUP"] as const) process.off(signal, pass);
  }
}
