import { readdir, readFile } from "node:fs/promises";

/** Linux counts CPU time in hundredths of a second, whatever its timer does (USER_HZ). */
const tickMs = 10;

type Stat = { readonly parent: number; readonly cpuMs: number };

/** @returns undefined when the process has ended */
async function statOf(pid: number): Promise<Stat | undefined> {
  let text: string;
  try {
    text = await readFile(`/proc/${pid}/stat`, "utf8");
  } catch {
    return undefined; // it ended, or this is no Linux
  }
  // The name stands in parentheses and may hold anything; what follows the last one is numbers.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  // Its own time (user, system) and that of its children that have ended: what a closed connection used stays counted.
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return { parent: Number(fields[1]), cpuMs: ticks * tickMs };
}

/** CPU time that some processes and all their children have used, by process. Linux only: empty elsewhere. */
export async function cpuMsOf(roots: ReadonlyMap<number, string>): Promise<Map<string, number>> {
  const entries = await readdir("/proc").catch(() => []);
  const stats = new Map<number, Stat>();
  for (const pid of entries.filter((name) => /^\d+$/.test(name)).map(Number)) {
    const stat = await statOf(pid);
    if (stat) stats.set(pid, stat);
  }
  const used = new Map<string, number>();
  for (const [pid, { cpuMs }] of stats) {
    const name = ownerOf(pid, stats, roots);
    if (name !== undefined) used.set(name, (used.get(name) ?? 0) + cpuMs);
  }
  return used;
}

function ownerOf(
  pid: number,
  stats: ReadonlyMap<number, Stat>,
  roots: ReadonlyMap<number, string>,
): string | undefined {
  for (let at: number | undefined = pid; at !== undefined && at > 1; at = stats.get(at)?.parent) {
    const name = roots.get(at);
    if (name !== undefined) return name;
  }
  return undefined;
}
