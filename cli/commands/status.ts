import type { Options, Run } from "../command.ts";
import { type Io, printJson } from "../io.ts";
import { homeOf } from "../state/home.ts";
import { askProcesses } from "../supervisor/control.ts";
import { supervisorName } from "../supervisor/journal.ts";
import { memoryMb } from "../supervisor/memory.ts";
import { livingProcesses, postgresName } from "../supervisor/process-records.ts";
import { livingSupervisor, type SupervisorRecord } from "../supervisor/record.ts";
import type { State } from "../supervisor/supervised.ts";
import { table } from "../table.ts";

export const summary = "Show every process with its health, port, memory and restarts";
export const usage = `souk status [options]

Exits with 1 when the shop is not running. Memory is PSS: what the processes take together is the sum.`;
export const options = {} as const satisfies Options;

/** `orphaned`: its supervisor was killed; `souk up` takes over, `souk down` ends it. */
type Row = {
  readonly name: string;
  readonly instance: string;
  readonly pid: number | null;
  readonly port: number | null;
  readonly state: State | "orphaned";
  readonly memoryMb: number | null;
  readonly restarts: number;
};

export const run: Run<typeof options> = async (args, io) => {
  const home = homeOf(io.env);
  const supervisor = await livingSupervisor(home);
  const rows = supervisor ? await running(supervisor) : await orphans(home);
  if (args.options.json) printJson(io, rows);
  else show(rows, supervisor, io);
  return supervisor ? 0 : 1;
};

/** PostgreSQL serves each connection from a child of its own. */
const memoryOf = (name: string, pid: number | undefined): number | null =>
  (pid === undefined ? undefined : memoryMb(pid, { withChildren: name === postgresName })) ?? null;

async function running(supervisor: SupervisorRecord): Promise<Row[]> {
  const processes = supervisor.control === undefined ? [] : await askProcesses(supervisor);
  return [
    ...processes.map(({ name, instance, pid, port, state, restarts }) => ({
      name,
      instance,
      pid: pid ?? null,
      port: port ?? null,
      state,
      memoryMb: memoryOf(name, pid),
      restarts,
    })),
    {
      name: supervisorName,
      instance: supervisorName,
      pid: supervisor.pid,
      port: supervisor.control?.port ?? null,
      state: supervisor.control === undefined ? "starting" : "ready",
      memoryMb: memoryOf(supervisorName, supervisor.pid),
      restarts: 0,
    },
  ];
}

async function orphans(home: Parameters<typeof livingProcesses>[0]): Promise<Row[]> {
  return (await livingProcesses(home)).map(({ name, instance, pid, port, restarts }) => ({
    name,
    instance,
    pid,
    port: port ?? null,
    state: "orphaned",
    memoryMb: memoryOf(name, pid),
    restarts,
  }));
}

function show(rows: readonly Row[], supervisor: SupervisorRecord | undefined, io: Io): void {
  if (rows.length === 0) {
    io.out("Souk is not running. Start it: ./souk up");
    return;
  }
  const colour = { ready: "green", orphaned: "red", waiting: "red", stopped: "dim" } as const;
  const paintState = (state: Row["state"]) =>
    io.paint(state in colour ? colour[state as keyof typeof colour] : "yellow", state);
  const cells = rows.map(({ instance, state, port, pid, memoryMb, restarts }) => [
    instance,
    paintState(state),
    String(port ?? "-"),
    String(pid ?? "-"),
    memoryMb === null ? "-" : `${memoryMb.toFixed(1)} MB`,
    restarts === 0 ? "0" : io.paint("yellow", String(restarts)),
  ]);
  const heading = ["PROCESS", "STATE", "PORT", "PID", "MEMORY", "RESTARTS"].map((word) => io.paint("dim", word));
  for (const line of table([heading, ...cells], [2, 3, 4, 5])) io.out(line);
  const total = rows.reduce((sum, { memoryMb }) => sum + (memoryMb ?? 0), 0);
  const where = supervisor?.address === undefined ? "" : `${io.paint("bold", supervisor.address)}, `;
  io.out("");
  io.out(`${where}${rows.length} processes, ${total.toFixed(0)} MB together`);
  if (supervisor === undefined)
    io.out("Their supervisor was killed. ./souk up takes over what it left, ./souk down ends it.");
}
