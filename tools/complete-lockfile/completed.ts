type Entry = {
  readonly version?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
  readonly optionalDependencies?: Readonly<Record<string, string>>;
};
/** What matters here of npm's lockfile, version 3. */
export type Lockfile = { readonly packages: Readonly<Record<string, Entry>> };

const systems = ["android", "darwin", "freebsd", "linux", "netbsd", "openbsd", "openharmony", "win32"];
const processors = ["arm64", "arm", "ia32", "loong64", "mips64el", "ppc64", "riscv64", "s390x", "x64"];

/**
 * Adds each optional dependency that a package of the lockfile names with an exact version and that has no entry. Without
 * `integrity`: it is not known here, and npm then takes what the registry says.
 */
export function completed(lockfile: Lockfile): { lockfile: Lockfile; added: string[] } {
  const added = new Map<string, Entry>();
  for (const { optionalDependencies = {}, dev } of Object.values(lockfile.packages)) {
    for (const [name, version] of Object.entries(optionalDependencies)) {
      const key = `node_modules/${name}`;
      const exact = /^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version);
      const platform = platformOf(name);
      if (exact && platform && !(key in lockfile.packages)) {
        added.set(key, { version, ...platform, ...(dev && { dev }), optional: true });
      }
    }
  }
  if (added.size === 0) return { lockfile, added: [] };
  // npm keeps the root first and the others sorted by name.
  const packages = Object.entries({ ...lockfile.packages, ...Object.fromEntries(added) });
  packages.sort(([a], [b]) => a.localeCompare(b, "en"));
  return {
    lockfile: { ...lockfile, packages: Object.fromEntries(packages) },
    added: [...added.keys()].map((key) => key.replace("node_modules/", "")),
  };
}

/** What the usual names say: `cli-linux-x64-musl`, `binding-win32-arm64-msvc`. Undefined for one that is for every platform. */
function platformOf(name: string): Pick<Entry, "os" | "cpu" | "libc"> | undefined {
  const words = name.split(/[/-]/);
  const os = systems.find((system) => words.includes(system));
  const cpu = processors.find((processor) => words.includes(processor));
  if (!os || !cpu) return undefined;
  const libc = words.some((word) => word.startsWith("musl"))
    ? "musl"
    : words.some((word) => word.startsWith("gnu"))
      ? "glibc"
      : undefined;
  return { cpu: [cpu], ...(libc && os === "linux" && { libc: [libc] }), os: [os] };
}
