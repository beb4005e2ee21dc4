import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { repository } from "../../cli/state/home.ts";
import { type Experiment, restart } from "./experiment.ts";

const run = promisify(execFile);

/**
 * The repository as it was at an earlier commit, with today's packages.
 * @returns undefined where there is no history: a copy without git, a shallow clone
 */
async function checkoutOf(ref: string): Promise<string | undefined> {
  const folder = await mkdtemp(join(tmpdir(), "souk-version-"));
  try {
    await run("sh", ["-c", 'git -C "$1" archive "$2" | tar -x -C "$3"', "archive", repository, ref, folder]);
    // The services of that version must find the chassis of that version, and the packages of this one.
    const packages = join(repository, "node_modules");
    await mkdir(join(folder, "node_modules", "@souk"), { recursive: true });
    for (const name of await readdir(packages))
      if (name !== "@souk") await symlink(join(packages, name), join(folder, "node_modules", name));
    for (const area of ["platform", "services"])
      for (const name of await readdir(join(folder, area)))
        await symlink(join(folder, area, name), join(folder, "node_modules", "@souk", name));
    return folder;
  } catch {
    await rm(folder, { recursive: true, force: true });
    return undefined;
  }
}

/** @param ref the other version, as git knows it; undefined: two configurations of one version, which is all that a copy without history has */
export const twoVersions = (ref: string | undefined): Experiment => ({
  name: ref === undefined ? "two configurations side by side" : `two versions side by side (${ref} and this one)`,
  hypothesis: "Replicas of two releases share a database, a bus and their sagas while one replaces the other.",
  async run({ shop, struck }, ms) {
    const folder = ref === undefined ? undefined : await checkoutOf(ref);
    if (ref !== undefined && folder === undefined) throw new Error(`there is no version ${ref} to run beside this one`);
    const names = ["orders-2", "inventory-2"].filter((instance) => shop.expected.includes(instance));
    const restartAll = async () => {
      for (const instance of names) await restart(shop, instance);
    };
    const settings = { SOUK_LOG_LEVEL: "debug", SOUK_TRACE_SAMPLE_RATIO: "1", SOUK_VERSION: ref ?? "the-other" };
    try {
      for (const instance of names) shop.give(instance, { settings, ...(folder && { folder }) });
      await restartAll();
      struck(folder ? `a process of ${ref}` : "a process with another configuration", names.length);
      await delay(ms);
    } finally {
      for (const instance of names) shop.give(instance, {});
      await restartAll();
      if (folder) await rm(folder, { recursive: true, force: true });
    }
  },
});
