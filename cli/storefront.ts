import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { access, constants, glob, mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "@souk/kernel";
import { type Home, repository } from "./state/home.ts";
import { errorCode, isMissing } from "./state/private-file.ts";

const app = join(repository, "apps/storefront");
const cache = join(repository, "node_modules/.cache/souk-storefront");
/** Everything that is in the built files: the app, the contracts it speaks, and the packages it is made with. */
const sources = [
  "apps/{ui,storefront}/**/*.*",
  "services/*/{contract,errors}.ts",
  "services/*/contract/**/*.ts",
  "platform/{contract,kernel}/**/*.ts",
  "package-lock.json",
];
/** Going back and forth between a few states of the sources builds none of them again. */
const kept = 4;

type Built = {
  readonly folder: string;
  /** How long the build took; undefined when it was there already. */
  readonly ms?: number;
};

/**
 * The folder with the storefront of these very sources, built when there is none. Safe to run several times at once: whoever is first
 * gives it its name, and the others' work is dropped.
 * @throws Error with what the build said
 */
export async function builtStorefront(home: Home, clock: Clock): Promise<Built> {
  const name = await sourcesHash();
  const parent = await writableCache(home);
  const folder = join(parent, name);
  if (await exists(folder)) return { folder };
  const since = clock.monotonic();
  const draft = await mkdtemp(join(parent, "draft-"));
  try {
    await build(draft);
    await rename(draft, folder).catch((error: unknown) => {
      if (errorCode(error) !== "ENOTEMPTY" && errorCode(error) !== "EEXIST") throw error;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  await forgetOld(parent, name);
  return { folder, ms: clock.monotonic() - since };
}

async function sourcesHash(): Promise<string> {
  const hash = createHash("sha256");
  const files: string[] = [];
  for await (const file of glob(sources, { cwd: repository, exclude: (path) => path.includes("node_modules") }))
    if (!file.includes(".test.")) files.push(file);
  for (const file of files.sort()) {
    const content = await readFile(join(repository, file)).catch((error: unknown) => {
      if (errorCode(error) === "EISDIR") return undefined; // a folder with a dot in its name
      throw error;
    });
    if (content) hash.update(`${file}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex").slice(0, 16);
}

/** Beside what was installed, for all state directories; in the state directory for whoever may not write there. */
async function writableCache(home: Home): Promise<string> {
  try {
    await mkdir(cache, { recursive: true });
    await access(cache, constants.W_OK);
    return cache;
  } catch (error) {
    if (errorCode(error) !== "EACCES" && errorCode(error) !== "EROFS") throw error;
    const own = join(home.dir, "storefront");
    await mkdir(own, { recursive: true });
    return own;
  }
}

async function build(folder: string): Promise<void> {
  const child = spawn(process.execPath, [join(app, "build.ts"), folder], {
    cwd: repository,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (said += text));
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`apps/storefront/build.ts ended with ${code}: ${said.trim().slice(-2_000)}`);
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

/** The gateway has read its files when it started: nothing that runs needs an old folder. */
async function forgetOld(parent: string, newest: string): Promise<void> {
  const names = (await readdir(parent)).filter((name) => /^[0-9a-f]{16}$/.test(name) && name !== newest);
  const aged = await Promise.all(
    names.map(async (name) => ({ name, at: (await stat(join(parent, name)).catch(() => undefined))?.mtimeMs ?? 0 })),
  );
  const old = aged.toSorted((a, b) => b.at - a.at).slice(kept - 1);
  await Promise.all(old.map(({ name }) => rm(join(parent, name), { recursive: true, force: true })));
}
