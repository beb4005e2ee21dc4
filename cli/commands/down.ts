import { type Clock, sleep } from "@souk/kernel";
import { commandClock } from "../clock.ts";
import type { Options, Run } from "../command.ts";
import { Failure } from "../failure.ts";
import { type Io, printJson } from "../io.ts";
import { type Home, homeOf } from "../state/home.ts";
import { askProcesses, askStop } from "../supervisor/control.ts";
import { endProcesses, endServices } from "../supervisor/end.ts";
import { isAlive, signalProcess } from "../supervisor/process-identity.ts";
import { livingProcesses, postgresName } from "../supervisor/process-records.ts";
import { seconds } from "../supervisor/progress.ts";
import { livingSupervisor, type SupervisorRecord } from "../supervisor/record.ts";

export const summary = "Stop everything and wait until it is down; data stay";
export const usage = "souk down [options]";
export const options = {} as const satisfies Options;

/** Longer than a service may drain and PostgreSQL may checkpoint. */
const patienceMs = 60_000;

export const run: Run<typeof options> = async (args, io) => {
  const home = homeOf(io.env);
  const since = commandClock.monotonic();
  const supervisor = await livingSupervisor(home);
  const stopped = supervisor
    ? await stopSupervisor(supervisor, commandClock, args.options.json ? undefined : io)
    : await stopLeftovers(home, commandClock);
  const ms = Math.round(commandClock.monotonic() - since);
  if (args.options.json) printJson(io, { stopped, ms });
  else if (stopped.length === 0) io.out("Souk is not running.");
  else io.out(`Souk is down; its data stay. ${io.paint("dim", `(${stopped.length} processes, ${seconds(ms)})`)}`);
  return 0;
};

/** @returns what ran  @throws Failure when it does not end */
async function stopSupervisor(supervisor: SupervisorRecord, clock: Clock, io: Io | undefined): Promise<string[]> {
  const processes = await askProcesses(supervisor).catch(() => []);
  const waiting = new Set(processes.map(({ instance }) => instance));
  // One that has just been started has no control endpoint yet, but it hears signals.
  await askStop(supervisor).catch(() => signalProcess(supervisor, "SIGTERM"));
  const giveUpAt = clock.monotonic() + patienceMs;
  while (isAlive(supervisor)) {
    if (clock.monotonic() > giveUpAt)
      throw new Failure(
        `The supervisor (process ${supervisor.pid}) is still stopping after ${patienceMs / 1_000} s.`,
        `See what it waits for: souk logs supervisor. To end it: kill -9 ${supervisor.pid}, then souk down again.`,
      );
    for (const { instance, state } of await askProcesses(supervisor).catch(() => []))
      if (state === "stopped" && waiting.delete(instance)) io?.out(`  ${io.paint("green", "✓")} ${instance} stopped`);
    await sleep(clock, 50);
  }
  return processes.map(({ instance }) => instance);
}

/** What a killed supervisor left running: services first, then the database that they write to. */
async function stopLeftovers(home: Home, clock: Clock): Promise<string[]> {
  const left = await livingProcesses(home);
  await endServices(clock, left);
  const postgres = left.filter(({ name }) => name === postgresName);
  // PostgreSQL's fast shutdown; its SIGTERM would wait for clients.
  await endProcesses(clock, postgres, { signal: "SIGINT", patienceMs: 15_000 });
  return left.map(({ instance }) => instance);
}
