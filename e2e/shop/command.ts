import { spawn } from "node:child_process";
import { resolve } from "node:path";

const launcher = resolve(import.meta.dirname, "../../souk");

/** What `souk` takes from us: nothing that a developer's own shop or the test runner has set. */
const outer = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => !/^(SOUK_|NODE_TEST|NODE_OPTIONS|DATABASE_URL|FORCE_COLOR)/.test(name),
  ),
);

export type Typed = { readonly code: number | null; readonly out: string; readonly err: string };

/** Types a `souk` command, as a person at a terminal would, for the shop in `home`. @param started is told which process it is */
export function souk(
  home: string,
  args: readonly string[],
  settings: Readonly<Record<string, string>> = {},
  started: (pid: number) => void = () => {},
): Promise<Typed> {
  const { promise, resolve, reject } = Promise.withResolvers<Typed>();
  const child = spawn(launcher, args, {
    env: { ...outer, ...settings, SOUK_HOME: home },
    stdio: ["ignore", "pipe", "pipe"],
  });
  if (child.pid !== undefined) started(child.pid);
  const texts = { out: "", err: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    texts.out += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    texts.err += text;
  });
  child.once("error", reject);
  child.once("close", (code) => resolve({ code, ...texts }));
  return promise;
}
