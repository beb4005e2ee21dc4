import { type Clock, sleep } from "@souk/kernel";
import { isAlive, type ProcessIdentity, signalProcess } from "./process-identity.ts";
import { type ProcessRecord, postgresName } from "./process-records.ts";
import { inStages } from "./stop-order.ts";

/** How long a service that was left behind may take: more than its own drain (20 s). */
const patienceMs = 25_000;

/** Ends what a killed supervisor left but PostgreSQL, in the order in which a living one would. */
export async function endServices(clock: Clock, left: readonly ProcessRecord[]): Promise<void> {
  const services = left.filter(({ name }) => name !== postgresName);
  for (const together of inStages(services, ({ stopStage = 0 }) => stopStage))
    await endProcesses(clock, together, { signal: "SIGTERM", patienceMs });
}

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
