import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { readSource, type Source } from "./source.ts";

/** A repository, read once: paths are relative to its root and use "/". */
export type Tree = {
  readonly sources: readonly Source[];
  /** The names of the services, as their folders say. */
  readonly services: readonly string[];
  /** The file of the tree that `specifier` means in the file `from`; undefined for anything outside the tree. */
  readonly resolve: (from: string, specifier: string) => string | undefined;
};

const folders = ["platform", "services", "apps", "cli", "ops", "e2e", "bench", "chaos", "tools"];

export function readTree(root: string): Tree {
  const paths = folders.flatMap((folder) => filesUnder(root, folder));
  const sources = paths
    .filter((path) => /\.[cm]?[jt]sx?$/.test(path))
    .map((path) => readSource(path, readFileSync(join(root, path), "utf8")));
  const workspaces = new Map(
    paths.filter((path) => path.endsWith("package.json")).map((path) => workspace(root, path)),
  );
  const known = new Set(paths);

  return {
    sources,
    services: childFolders(root, "services"),
    resolve(from, specifier) {
      if (specifier.startsWith(".")) {
        const path = posix.join(dirname(from), specifier);
        return known.has(path) ? path : undefined;
      }
      const [scope = "", name = "", ...rest] = specifier.split("/");
      const found = workspaces.get(`${scope}/${name}`);
      if (!found) return undefined;
      // An export that does not exist still belongs to that workspace: TypeScript says that it is missing, the rules say whose it is.
      const exported = found.exports[[".", ...rest].join("/")] ?? rest.join("/");
      return posix.join(found.folder, exported);
    },
  };
}

type Workspace = { readonly folder: string; readonly exports: Readonly<Record<string, string>> };

function workspace(root: string, path: string): [name: string, Workspace] {
  const { name, exports = {} } = JSON.parse(readFileSync(join(root, path), "utf8"));
  return [name, { folder: dirname(path), exports }];
}

const childFolders = (root: string, folder: string): string[] =>
  existsSync(join(root, folder))
    ? readdirSync(join(root, folder), { withFileTypes: true })
        .filter((e) => e.isDirectory())
        .map(({ name }) => name)
    : [];

function filesUnder(root: string, folder: string): string[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    if (entry.name === "node_modules" || entry.name.startsWith(".")) return [];
    const path = `${folder}/${entry.name}`;
    return entry.isDirectory() ? filesUnder(root, path) : [path];
  });
}
