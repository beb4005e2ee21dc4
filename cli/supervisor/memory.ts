import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/**
 * Megabytes of memory that a process causes, with its children if they are a part of it (PSS: shared pages count in proportion, so that the sum over
 * processes is what they take together; RSS where the system has no PSS). Undefined when it has ended or is closed to us.
 */
export function memoryMb(pid: number, { withChildren }: { readonly withChildren: boolean }): number | undefined {
  const sizes = [pid, ...(withChildren ? childrenOf(pid) : [])].flatMap((each) => kilobytes(each) ?? []);
  return sizes.length === 0 ? undefined : Math.round(sizes.reduce((a, b) => a + b, 0) / 102.4) / 10;
}

function kilobytes(pid: number): number | undefined {
  try {
    if (process.platform === "linux")
      return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1]);
    return Number(execFileSync("ps", ["-o", "rss=", "-p", String(pid)], { encoding: "utf8" }));
  } catch {
    return undefined; // it ended meanwhile, or belongs to another user
  }
}

function childrenOf(pid: number): number[] {
  if (process.platform !== "linux") return [];
  try {
    return readdirSync(`/proc/${pid}/task`)
      .flatMap((thread) => readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8").trim().split(" "))
      .filter((child) => child !== "")
      .flatMap((child) => [Number(child), ...childrenOf(Number(child))]);
  } catch {
    return [];
  }
}
