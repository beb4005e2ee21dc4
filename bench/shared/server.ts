import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Embedded, startEmbedded } from "@souk/postgres/embedded";

/** A PostgreSQL for a bench: fsync on, the same settings as a shop's. */
export async function benchServer(): Promise<Pick<Embedded, "url" | "pid"> & { stop: () => Promise<void> }> {
  const dataDir = await mkdtemp(join(tmpdir(), "souk-bench-"));
  const { url, pid, stop } = await startEmbedded({ dataDir, password: "bench" });
  return {
    url,
    pid,
    async stop() {
      await stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** CPU milliseconds of a process' children so far: of PostgreSQL's back ends. Linux only, 0 elsewhere. */
export async function childrenCpuMs(pid: number): Promise<number> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8").catch(() => "");
  const stats = await Promise.all(
    children
      .trim()
      .split(" ")
      .map((child) => readFile(`/proc/${child}/stat`, "utf8").catch(() => "")),
  );
  return stats.reduce((sum, stat) => {
    const fields = stat.split(") ")[1]?.split(" ") ?? [];
    return sum + (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * 10;
  }, 0);
}
