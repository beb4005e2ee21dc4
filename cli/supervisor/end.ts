import { type Clock, sleep } from "@souk/kernel";
import { isAlive, type ProcessIdentity, signalProcess } from "./process-identity.ts";

/**
 * Ends processes that are not our children: asks all at once with `signal`, ends after `patienceMs` what is still there.
 * Resolves when all are gone.
 */
export async function endProcesses(
  clock: Clock,
  processes: readonly ProcessIdentity[],
  { signal, patienceMs }: { readonly signal: NodeJS.Signals; readonly patienceMs: number },
): Promise<void> {
  for (const process of processes) {
    signalProcess(process, signal);
    signalProcess(process, "SIGCONT");
  }
  const giveUpAt = clock.monotonic() + patienceMs;
  for (let left = processes.filter(isAlive); left.length > 0; left = left.filter(isAlive)) {
    if (clock.monotonic() >= giveUpAt) for (const process of left) signalProcess(process, "SIGKILL");
    await sleep(clock, 20);
  }
}
