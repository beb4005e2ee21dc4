import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Embedded, startEmbedded } from "@souk/postgres/embedded";
import { guardTemporary } from "../../cli/guard.ts";
import { homeAt } from "../../cli/state/home.ts";

/** A PostgreSQL for a bench: fsync on, the same settings as a shop's. It ends with this process, however that ends. */
export async function benchServer(): Promise<Pick<Embedded, "url" | "pid"> & { stop: () => Promise<void> }> {
  const home = homeAt(await mkdtemp(join(tmpdir(), "souk-bench-")));
  const guard = guardTemporary(home);
  const { url, pid, stop } = await startEmbedded({ dataDir: home.postgres, password: "bench" });
  return {
    url,
    pid,
    async stop() {
      await stop();
      await rm(home.dir, { recursive: true, force: true });
      guard.release();
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
