import { renameSync, writeFileSync } from "node:fs";
import { instanceName } from "../system.ts";
import { postgresName } from "./process-records.ts";
import type { ProcessStatus } from "./supervised.ts";

/**
 * Tells every process where the ready instances are. Replaced as a whole and only when it changes, so that readers may
 * watch the file. Synchronous: two writes must not overtake each other.
 */
export function registryWriter(path: string): (processes: readonly ProcessStatus[]) => void {
  let written: string | undefined;
  return (processes) => {
    const content = JSON.stringify(registryOf(processes), null, 2);
    if (content === written) return;
    const draft = `${path}.draft`;
    writeFileSync(draft, content, { mode: 0o600 });
    renameSync(draft, path);
    written = content;
  };
}

/** By service, the instances that want work. */
function registryOf(processes: readonly ProcessStatus[]) {
  const instances: Record<string, { instance: string; url: string }[]> = {};
  for (const { name, instance, state, ports } of processes) {
    if (state !== "ready" || name === postgresName) continue;
    for (const [service, port] of Object.entries(ports)) {
      instances[service] ??= [];
      instances[service].push({
        instance: service === name ? instance : instanceName(service, 1),
        url: `http://127.0.0.1:${port}`,
      });
    }
  }
  return instances;
}
