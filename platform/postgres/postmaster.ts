import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { open, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import pg from "pg";

/** What a running server writes into its data directory. */
export type PidFile = { readonly pid: number; readonly port: number; readonly ready: boolean };

/** undefined when there is none, or it is only half written. */
export async function readPidFile(cluster: string): Promise<PidFile | undefined> {
  const text = await readFile(join(cluster, "postmaster.pid"), "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  const [pid, , , port, , , , status] = text.split("\n");
  if (!Number(pid)) return undefined;
  return { pid: Number(pid), port: Number(port), ready: status?.trim() === "ready" };
}

/** A zombie (dead, its parent has not noticed) counts as dead. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
  if (process.platform !== "linux") return true;
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return false; // it ended between the two questions
  }
}

/** Whether `pid` may be the server of `cluster`; false when the number has since been given to something else. */
export async function mayBeServer(pid: number, cluster: string): Promise<boolean> {
  if (!isAlive(pid)) return false;
  if (process.platform !== "linux") {
    const { stdout } = await promisify(execFile)("ps", ["-o", "comm=", "-p", String(pid)]).catch(() => ({
      stdout: "",
    }));
    return stdout.trim().endsWith("postgres");
  }
  const [program, directory] = await Promise.all([
    readFile(`/proc/${pid}/comm`, "utf8").catch(() => ""),
    readlink(`/proc/${pid}/cwd`).catch(() => undefined), // another user's process
  ]);
  return program.trim() === "postgres" && directory === cluster;
}

/** The number that initdb gave this data directory, as a server reports it and as its control file begins. */
export async function systemIdentifier(cluster: string): Promise<string> {
  const file = await open(join(cluster, "global", "pg_control"));
  try {
    const { buffer } = await file.read(Buffer.alloc(8), 0, 8, 0);
    return (
      process.arch === "ppc64" || process.arch === "s390x" ? buffer.readBigUInt64BE() : buffer.readBigUInt64LE()
    ).toString();
  } finally {
    await file.close();
  }
}

/** @returns the identifier of whatever answers there, undefined when nothing does (yet)  @throws Error when the password is refused */
export async function identifierAt(url: string): Promise<string | undefined> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on("error", () => {}); // the rejected promise says it
  try {
    await client.connect();
    const { rows } = await client.query("select system_identifier::text as id from pg_control_system()");
    return rows[0].id;
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code?.startsWith("28"))
      throw new Error("PostgreSQL is running on this data directory but refuses the password", { cause: error });
    return undefined;
  } finally {
    await client.end();
  }
}
