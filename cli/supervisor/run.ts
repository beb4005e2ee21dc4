import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { type Clock, sleep, systemClock } from "@souk/kernel";
import { ownHeap, shrinkWhenQuiet } from "@souk/service/idle-memory";
import { Failure } from "../failure.ts";
import { guardTemporary } from "../guard.ts";
import { lastLines } from "../logs/files.ts";
import { keepLogsSmall } from "../logs/rotate.ts";
import { type Home, makeHome } from "../state/home.ts";
import { bringUp, endLeftovers } from "./bring-up.ts";
import { serveControl } from "./control-server.ts";
import { createFleet, StartFailed } from "./fleet.ts";
import { type Journal, openJournal, supervisorName } from "./journal.ts";
import type { UpOptions } from "./options.ts";
import { postgresName } from "./process-records.ts";
import type { Progress } from "./progress.ts";
import { becomeSupervisor, publishSupervisor, resignSupervisor } from "./record.ts";
import type { Change, Exit, ProcessStatus } from "./supervised.ts";

export type SupervisorOptions = {
  readonly home: Home;
  readonly up: UpOptions;
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly report: (progress: Progress) => void;
  /** Stops everything in order. */
  readonly stop: AbortSignal;
  /** Ends everything at once. */
  readonly kill: AbortSignal;
};

/**
 * Brings the shop up, keeps it running until it is asked to stop, and takes it down.
 * @returns the exit code, when everything is down
 */
export async function runSupervisor(options: SupervisorOptions): Promise<number> {
  const { home, up, clock, report, stop } = options;
  await makeHome(home);
  const guard = up.ephemeral ? guardTemporary(home) : undefined;
  let told = false;
  for (;;) {
    const other = await becomeSupervisor(home);
    if (other === undefined) break;
    const { address, pid } = other;
    if (other.isUp) {
      report({ kind: "already", pid, ...(address !== undefined && { address }) });
      return 0;
    }
    if (!told)
      report({ kind: "note", text: `Another supervisor starts or stops here (process ${pid}); waiting for it` });
    told = true;
    await sleep(clock, 100, stop);
    if (stop.aborted) return 130;
  }
  try {
    return await supervise(options);
  } finally {
    await resignSupervisor(home);
    if (up.ephemeral) await rm(home.dir, { recursive: true, force: true });
    guard?.release();
  }
}

async function supervise(options: SupervisorOptions): Promise<number> {
  const { home, clock, report } = options;
  const asked = new AbortController();
  const stop = AbortSignal.any([options.stop, asked.signal]);
  const journal = openJournal(home, clock);
  const begun = clock.monotonic();
  let isUp = false;

  await endLeftovers(home, clock, report);
  const fleet = createFleet({
    home,
    clock,
    onChange(change, status) {
      note(journal, change, status);
      if (change.kind === "ready" && !isUp && status.name !== postgresName)
        report({
          kind: "step",
          what: status.instance,
          detail: `port ${status.port}`,
          ms: clock.monotonic() - begun,
        });
    },
  });
  void keepLogsSmall(home.logs, clock, stop, (error) => journal("error", `logs are not kept small: ${String(error)}`));
  const token = randomBytes(32).toString("base64url");
  const control = await serveControl({ processes: fleet.processes, stop: () => asked.abort() }, token);
  const listening = { control: { port: control.port, token } };
  await publishSupervisor(home, listening);
  // Also while it still starts: what was started so far goes down again.
  if (stop.aborted) void fleet.stop();
  stop.addEventListener("abort", () => void fleet.stop());
  options.kill.addEventListener("abort", () => fleet.kill());
  try {
    const result = await bringUp({ ...options, fleet, journal });
    isUp = true;
    await publishSupervisor(home, {
      ...listening,
      isUp: true,
      ...(result.address !== undefined && { address: result.address }),
    });
    report({ kind: "up", up: result });
    shrinkWhenQuiet(systemClock, ownHeap()); // and not `clock`, which keeps its process running
    if (!stop.aborted) await once(stop, "abort");
    return await goDown();
  } catch (error) {
    if (stop.aborted) return await goDown();
    await fleet.stop();
    report(await failure(home, error));
    return 1;
  } finally {
    asked.abort(); // ends what runs beside, also after a start that failed
    control.close();
  }

  async function goDown(): Promise<number> {
    const since = clock.monotonic();
    await publishSupervisor(home, listening);
    await fleet.stop();
    report({ kind: "down", ms: clock.monotonic() - since });
    return 0;
  }
}

async function failure(home: Home, error: unknown): Promise<Progress> {
  if (error instanceof StartFailed) {
    const lines = await lastLines(home.logs, error.instance, 15);
    return {
      kind: "failed",
      message: error.message,
      next: `Everything was stopped again. Its whole log: souk logs ${error.instance}`,
      log: lines.map(({ raw }) => raw),
      instance: error.instance,
    };
  }
  const message = error instanceof Error ? error.message : String(error);
  const next = error instanceof Failure ? error.next : "Everything was stopped again. See: souk logs supervisor";
  return { kind: "failed", message, ...(next !== undefined && { next }), log: [], instance: supervisorName };
}

function note(journal: Journal, change: Change, { instance, pid, port }: ProcessStatus): void {
  const fields = { process: instance, ...(pid !== undefined && { pid }), ...(port !== undefined && { port }) };
  switch (change.kind) {
    case "started":
    case "stopped":
      journal("info", `${instance} ${change.kind}`, fields);
      break;
    case "ready":
      journal("info", `${instance} is ready`, fields);
      break;
    case "unready":
      journal("warn", `${instance} takes no work`, fields);
      break;
    case "killed":
      journal("error", `${instance} ${change.because}: killed`, fields);
      break;
    case "died":
      journal("error", `${instance} ended (${describeExit(change.exit)}); again in ${change.againInMs} ms`, fields);
      break;
  }
}

const describeExit = ({ code, signal }: Exit) => signal ?? (code === null ? "how is not known" : `exit code ${code}`);
