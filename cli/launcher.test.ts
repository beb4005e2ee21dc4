import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { chmod, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { repository } from "./state/home.ts";

let dir: string;
before(async () => {
  dir = await mkdtemp(join(tmpdir(), "souk launcher "));
});
after(() => rm(dir, { recursive: true, force: true }));

/** Tools that the launcher looks for, in a folder that is all of its PATH beside the system's. */
async function tools(name: string, programs: Readonly<Record<string, string>>): Promise<string> {
  const folder = join(dir, name);
  await mkdir(folder);
  // Only what the launcher may rely on: the machine's own node and npm are not to be found.
  const needed = ["sh", "cat", "cksum", "dirname", "uname", "mkdir", "ln", "readlink", "mv", "rm", "sleep"];
  const neededByOurNpm = ["cp", "chmod"];
  for (const program of [...needed, ...neededByOurNpm]) await symlink(await whereIs(program), join(folder, program));
  for (const [program, script] of Object.entries(programs)) {
    await writeFile(join(folder, program), `#!/bin/sh\n${script}\n`);
    await chmod(join(folder, program), 0o755);
  }
  return folder;
}

async function whereIs(program: string): Promise<string> {
  const { stdout } = await run("/bin/sh", ["-c", `command -v ${program}`], process.env["PATH"] ?? "");
  return stdout.trim();
}

function run(
  file: string,
  args: string[],
  path: string,
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(file, args, { env: { PATH: path } });
  const output = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk) => {
    output.stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    output.stderr += chunk;
  });
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, ...output })));
}

/** A repository as far as the launcher knows it, in a path with spaces. */
async function clone(name: string): Promise<string> {
  const root = join(dir, `clone ${name}`);
  await mkdir(join(root, "cli"), { recursive: true });
  await cp(join(repository, "souk"), join(root, "souk"));
  await cp(join(repository, "cli", "installed.cjs"), join(root, "cli", "installed.cjs"));
  await writeFile(
    join(root, "package-lock.json"),
    JSON.stringify({ packages: { "": {}, "node_modules/a": { version: "1.0.0" } } }),
  );
  return root;
}

const currentNode = "echo 20.1.0";
/** What `npm ci` does, as far as the launcher can tell: a pinned Node, and a record of what was put there. */
const npm = `echo "npm $*" >> npm.log
rm -rf node_modules; mkdir -p node_modules/.bin
cp package-lock.json node_modules/.package-lock.json
cat > node_modules/.bin/node <<'NODE'
#!/bin/sh
case $1 in */installed.cjs) exec "${process.execPath}" "$@" ;; esac
echo "cli: $*"
printf %s "$NODE_COMPILE_CACHE" > "\${0%/*}/compiles-into"
NODE
chmod +x node_modules/.bin/node`;

const installs = async (root: string) =>
  (await readFile(join(root, "npm.log"), "utf8").catch(() => "")).split("\n").filter((line) => line !== "");

test("the first run installs what the lockfile says, the next ones do not", async () => {
  const root = await clone("first");
  const path = await tools("first tools", { node: currentNode, npm });
  const first = await run(join(root, "souk"), ["status", "two words"], path);
  assert.equal(first.code, 0, first.stderr);
  assert.match(first.stderr, /installing dependencies \(npm ci\)/);
  assert.equal(first.stdout, `cli: ${join(root, "cli", "main.ts")} status two words\n`);
  assert.deepEqual(await installs(root), ["npm ci --no-audit --no-fund --loglevel=error"]);

  const second = await run(join(root, "souk"), [], await tools("no tools at all", {}));
  assert.equal(second.stderr, "");
  assert.equal((await installs(root)).length, 1);
});

test("what Node compiles is kept beside what npm installed", async () => {
  const root = await clone("compiled");
  await run(join(root, "souk"), [], await tools("compiled tools", { node: currentNode, npm }));
  const folder = await readFile(join(root, "node_modules", ".bin", "compiles-into"), "utf8");
  assert.equal(folder, join(root, "node_modules", ".cache", "souk"));
});

test("a lockfile that changed is installed again", async () => {
  const root = await clone("changed");
  const path = await tools("changed tools", { node: currentNode, npm });
  await run(join(root, "souk"), [], path);
  await writeFile(
    join(root, "package-lock.json"),
    JSON.stringify({ packages: { "node_modules/a": { version: "2.0.0" } } }),
  );
  const again = await run(join(root, "souk"), [], path);
  assert.match(again.stderr, /installing/);
  assert.equal((await installs(root)).length, 2);
});

test("looking at a shop that runs, or stopping it, replaces nothing beneath it", async () => {
  const root = await clone("running");
  const path = await tools("running tools", { node: currentNode, npm });
  await run(join(root, "souk"), [], path);
  await writeFile(
    join(root, "package-lock.json"),
    JSON.stringify({ packages: { "node_modules/a": { version: "2.0.0" } } }),
  );
  for (const command of ["status", "logs", "down"])
    assert.equal((await run(join(root, "souk"), [command], path)).code, 0);
  assert.equal((await installs(root)).length, 1);
  await run(join(root, "souk"), ["up"], path);
  assert.equal((await installs(root)).length, 2);
});

test("what somebody installed by hand is not installed again", async () => {
  const root = await clone("by hand");
  const path = await tools("by hand tools", { node: currentNode, npm });
  await run("/bin/sh", ["-c", `cd '${root}' && npm ci`], path);
  const first = await run(join(root, "souk"), [], path);
  assert.equal(first.stderr, "");
  assert.equal((await installs(root)).length, 1);
});

test("two that start at once install once", async () => {
  const root = await clone("twice");
  const path = await tools("twice tools", { node: currentNode, npm: `sleep 0.2\n${npm}` });
  const both = await Promise.all([run(join(root, "souk"), ["a"], path), run(join(root, "souk"), ["b"], path)]);
  assert.deepEqual(
    both.map(({ code }) => code),
    [0, 0],
  );
  assert.equal((await installs(root)).length, 1);
});

test("an installation whose process was killed does not block the next", async () => {
  const root = await clone("killed");
  await mkdir(join(root, ".souk"));
  await symlink("999999999", join(root, ".souk", "install.lock"));
  const path = await tools("killed tools", { node: currentNode, npm });
  const result = await run(join(root, "souk"), [], path);
  assert.equal(result.code, 0, result.stderr);
});

test("it finds its folder through symbolic links", async () => {
  const root = await clone("linked");
  const path = await tools("linked tools", { node: currentNode, npm });
  await symlink(join(root, "souk"), join(dir, "absolute link"));
  await symlink("absolute link", join(dir, "relative link"));
  const { stdout } = await run(join(dir, "relative link"), ["up"], path);
  assert.equal(stdout, `cli: ${join(root, "cli", "main.ts")} up\n`);
});

test("missing or old tools are named with what to install", async () => {
  const root = await clone("tools");
  for (const [name, programs, complaint] of [
    ["no node", {}, /Node\.js was not found\. Install Node 18 or newer/],
    ["old node", { node: "echo 16.20.0" }, /Node 16\.20\.0 is too old\. Install Node 18/],
    ["no npm", { node: currentNode }, /npm was not found/],
    ["npm fails", { node: currentNode, npm: "echo no network >&2; exit 1" }, /no network[\s\S]*npm ci failed/],
    ["no scripts", { node: currentNode, npm: "mkdir -p node_modules" }, /install scripts are off/],
  ] as const) {
    const { code, stderr } = await run(join(root, "souk"), ["up"], await tools(name, programs));
    assert.equal(code, 1, name);
    assert.match(stderr, complaint);
  }
});
