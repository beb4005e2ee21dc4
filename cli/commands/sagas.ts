import { chooseAction } from "../action.ts";
import type { Args, Options, Run } from "../command.ts";
import { usageFailure } from "../failure.ts";
import { type Io, printJson } from "../io.ts";
import { actor, askAll, eachService, type Operated, onlyOne, tellSilent, withOperator } from "../operator-services.ts";
import { homeOf } from "../state/home.ts";
import { table } from "../table.ts";

export const summary = "Look at sagas, and help those that are stuck";
export const usage = `souk sagas [list] [--status stuck] [--name NAME]
souk sagas show ID
souk sagas retry ID
souk sagas skip ID STEP --why TEXT
souk sagas compensate ID --why TEXT

retry makes the next attempt now; skip takes a step for done; compensate turns the saga back. Each is written into the
saga's history with who asked for it. A list without --status shows what has not ended.`;
export const options = {
  status: {
    type: "string",
    value: "STATUS",
    describe: "running, waiting, compensating, completed, compensated or stuck",
  },
  name: { type: "string", value: "NAME", describe: "only sagas of this name" },
  ...eachService,
  why: { type: "string", value: "TEXT", describe: "the reason, for the history" },
} as const satisfies Options;
export const positionals = 3;

type Client = Operated["client"];
type Status = NonNullable<NonNullable<Parameters<Client["listSagas"]>[0]>["query"]["status"]>;
const open: readonly Status[] = ["running", "waiting", "compensating", "stuck"];
const statuses: readonly Status[] = [...open, "completed", "compensated"];

export const run: Run<typeof options> = async (args, io) => {
  const [action = "list", id, step] = args.positionals;
  const act = chooseAction("sagas", action, actions);
  return withOperator(homeOf(io.env), args.options.service, (services) => act({ args, io, services, id, step }));
};

type Given = {
  readonly args: Args<typeof options>;
  readonly io: Io;
  readonly services: readonly Operated[];
  readonly id: string | undefined;
  readonly step: string | undefined;
};

const actions = { list, show, retry, skip, compensate } satisfies Record<string, (given: Given) => Promise<number>>;

async function list({ args: { options }, io, services, id }: Given): Promise<number> {
  if (id !== undefined) throw usageFailure(`A list is of all, not of ${id}.`, `Of that one: souk sagas show ${id}`);
  const wanted = options.status === undefined ? open : [statusOf(options.status)];
  const { limit } = options;
  const { answers: found, silent } = await askAll(services, async (client) => {
    const pages = await Promise.all(
      wanted.map((status) =>
        client.listSagas({ query: { status, limit, ...(options.name !== undefined && { name: options.name }) } }),
      ),
    );
    return pages.flatMap(({ sagas }) => sagas);
  });
  const sagas = found.flatMap(({ service: { service }, answer }) => answer.map((saga) => ({ service, ...saga })));
  if (options.json) printJson(io, sagas);
  else if (sagas.length === 0) io.out(options.status === undefined ? "Every saga has ended." : "There is none.");
  else {
    const heading = ["SAGA", "ID", "STATUS", "STEP", "ATTEMPTS", "WHY"].map((word) => io.paint("dim", word));
    const rows = sagas.map(({ service, name, id, status, steps, attempts, failure }) => [
      `${service}/${name}`,
      id,
      io.paint(status === "stuck" ? "red" : status === "completed" ? "green" : "yellow", status),
      steps.join(", ") || "-",
      String(attempts),
      failure === undefined ? "" : `${failure.code}: ${failure.message}`,
    ]);
    for (const line of table([heading, ...rows], [4])) io.out(line);
  }
  return tellSilent(io, silent);
}

function statusOf(text: string): Status {
  const status = statuses.find((known) => known === text);
  if (status === undefined) throw usageFailure(`"${text}" is no status.`, `There are: ${statuses.join(", ")}.`);
  return status;
}

const find = ({ services, id }: Given) => {
  if (id === undefined) throw usageFailure("Which saga?", "Give its id; see: souk sagas list");
  return onlyOne(services, `a saga ${id}`, (client) => client.showSaga({ params: { id } }));
};

async function show(given: Given): Promise<number> {
  const { io, args } = given;
  const { service, answer: saga } = await find(given);
  if (args.options.json) printJson(io, { service: service.service, ...saga });
  else {
    const end = saga.endedAt === undefined ? `next at ${saga.dueAt ?? "once"}` : `ended ${saga.endedAt}`;
    io.out(`${io.paint("bold", `${service.service}/${saga.name}`)} ${saga.id}: ${saga.status}, ${end}`);
    if (saga.failure !== undefined) io.out(`  because ${saga.failure.code}: ${saga.failure.message}`);
    const rows = saga.history.map(({ at, step, action, attempt, outcome, code, message, actor, duration_ms }) => [
      `  ${io.paint("dim", at)}`,
      action,
      step ?? "",
      attempt === undefined ? "" : `attempt ${attempt}`,
      io.paint(outcome === "ok" ? "green" : "red", outcome),
      duration_ms === undefined ? "" : `${Math.round(duration_ms)} ms`,
      [actor, code, message].filter((part) => part !== undefined).join(" "),
    ]);
    for (const line of table(rows)) io.out(line.trimEnd());
  }
  return 0;
}

async function retry(given: Given): Promise<number> {
  const { service, answer: saga } = await find(given);
  await service.client.retrySaga({ params: { id: saga.id }, body: { actor: actor() } });
  return done(given, saga.id, "makes its next attempt now");
}

async function skip(given: Given): Promise<number> {
  const { step } = given;
  if (step === undefined) throw usageFailure("Which step?", "souk sagas skip ID STEP --why TEXT");
  const body = { actor: actor(), step, why: reason(given) };
  const { service, answer: saga } = await find(given);
  await service.client.skipSagaStep({ params: { id: saga.id }, body });
  return done(given, saga.id, `takes "${step}" for done`);
}

async function compensate(given: Given): Promise<number> {
  const body = { actor: actor(), why: reason(given) };
  const { service, answer: saga } = await find(given);
  await service.client.compensateSaga({ params: { id: saga.id }, body });
  return done(given, saga.id, "turns back");
}

function reason({ args }: Given): string {
  if (args.options.why === undefined)
    throw usageFailure("Why?", 'The history keeps the reason: --why "the provider confirmed it by telephone"');
  return args.options.why;
}

function done({ io, args }: Given, id: string, what: string): number {
  if (args.options.json) printJson(io, { id, ok: true });
  else io.out(`${id} ${what}. See: souk sagas show ${id}`);
  return 0;
}
