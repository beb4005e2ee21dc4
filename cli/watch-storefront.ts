import { spawn } from "node:child_process";
import { join } from "node:path";
import { repository } from "./state/home.ts";

/**
 * Serves the storefront from its sources beside a shop that runs, and reloads it as they change.
 * @param address of the gateway, which answers everything else  @param said what it says: first of all where it is
 */
export function watchStorefront(address: string, stop: AbortSignal, said: (text: string) => void): void {
  const child = spawn(process.execPath, [join(repository, "apps/storefront/dev.ts"), address], {
    cwd: repository,
    stdio: ["ignore", "pipe", "pipe"],
  });
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => said(text.trimEnd()));
  stop.addEventListener("abort", () => void child.kill());
  child.once("exit", (code) => {
    if (!stop.aborted) said(`ended (${code})`);
  });
}
