import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { chooseAction } from "../action.ts";
import type { Args, Options, Run } from "../command.ts";
import { Failure, usageFailure } from "../failure.ts";
import { type Io, printJson } from "../io.ts";
import { actor, askAll, eachService, type Operated, onlyOne, tellSilent, withOperator } from "../operator-services.ts";
import { homeOf } from "../state/home.ts";
import { table } from "../table.ts";

export const summary = "Look at dead letters, mend them, and have them handled again";
export const usage = `souk dlq [list] [--type TYPE]
souk dlq show ID
souk dlq edit ID --data FILE     (- reads standard input)
souk dlq try ID                  (handles it and rolls back)
souk dlq redrive ID
souk dlq redrive --all [--type TYPE]
souk dlq discard ID --why TEXT   (is never handled)

ID is the event's. A dead letter belongs to the service that could not handle it; when several have one of the same event,
say which with --service. Each change is written down with who asked for it. Exits with 1 when handling fails.`;
export const options = {
  type: { type: "string", value: "TYPE", describe: "only events of this type" },
  ...eachService,
  data: { type: "string", value: "FILE", describe: "the new payload, as JSON" },
  why: { type: "string", value: "TEXT", describe: "why it is discarded, for the record" },
  all: { type: "boolean", describe: "redrive every letter, ten a second" },
} as const satisfies Options;
export const positionals = 2;

export const run: Run<typeof options> = async (args, io) => {
  const [action = "list", id] = args.positionals;
  const act = chooseAction("dlq", action, actions);
  return withOperator(homeOf(io.env), args.options.service, (services) => act({ args, io, services, id }));
};

type Given = {
  readonly args: Args<typeof options>;
  readonly io: Io;
  readonly services: readonly Operated[];
  readonly id: string | undefined;
};

const actions = { list, show, edit, try: attempt, redrive, discard } satisfies Record<
  string,
  (given: Given) => Promise<number>
>;

async function list({ args: { options }, io, services, id }: Given): Promise<number> {
  if (id !== undefined) throw usageFailure(`A list is of all, not of ${id}.`, `Of that one: souk dlq show ${id}`);
  const query = { limit: options.limit, ...(options.type !== undefined && { type: options.type }) };
  const { answers: found, silent } = await askAll(services, (client) => client.listDeadLetters({ query }));
  const letters = found.flatMap(({ service: { service }, answer }) =>
    answer.letters.map((letter) => ({ service, ...letter })),
  );
  const total = found.reduce((sum, { answer }) => sum + answer.total, 0);
  if (options.json) printJson(io, { total, letters });
  else if (total === 0) io.out("There are no dead letters.");
  else {
    const heading = ["SERVICE", "EVENT", "TYPE", "SUBJECT", "DIED", "TRIES", "WHY"].map((word) =>
      io.paint("dim", word),
    );
    const rows = letters.map(({ service, eventId, type, subject, diedAt, attempts, error }) => [
      service,
      eventId,
      type,
      subject,
      diedAt,
      String(attempts),
      io.paint("red", error.split("\n")[0] ?? ""),
    ]);
    for (const line of table([heading, ...rows], [5])) io.out(line);
    if (total > letters.length) io.out(`${letters.length} of ${total}; more with --limit`);
  }
  return tellSilent(io, silent);
}

const find = ({ services, id }: Given) => {
  if (id === undefined) throw usageFailure("Which dead letter?", "Give its event's id; see: souk dlq list");
  return onlyOne(services, `a dead letter ${id}`, (client) => client.showDeadLetter({ params: { id } }));
};

async function show(given: Given): Promise<number> {
  const { io, args } = given;
  const { service, answer: letter } = await find(given);
  if (args.options.json) printJson(io, { service: service.service, ...letter });
  else {
    io.out(`${io.paint("bold", letter.type)} ${letter.eventId}, dead in ${service.service} since ${letter.diedAt}`);
    io.out(`  from ${letter.source}, about ${letter.subject} (${letter.sequence}), ${letter.attempts} tries`);
    io.out(io.paint("red", indented(letter.error)));
    io.out(indented(pretty(letter.data)));
    for (const { at, actor, action, detail } of letter.audit)
      io.out(`  ${io.paint("dim", at)} ${actor} ${action} ${detail}`.trimEnd());
  }
  return 0;
}

const indented = (lines: string) => lines.replace(/^/gm, "  ");

function pretty(data: string): string {
  try {
    return JSON.stringify(JSON.parse(data), null, 2);
  } catch {
    return data; // being no JSON may be why it is here
  }
}

async function edit(given: Given): Promise<number> {
  const { data: path } = given.args.options;
  if (path === undefined) throw usageFailure("What should be in it?", "souk dlq edit ID --data FILE");
  const data = path === "-" ? await text(process.stdin) : await readData(path);
  const { service, answer: letter } = await find(given);
  await service.client.editDeadLetter({ params: { id: letter.eventId }, body: { actor: actor(), data } });
  return report(given, letter.eventId, { ok: true }, "has its new payload. Next: souk dlq redrive");
}

const readData = (path: string) =>
  readFile(path, "utf8").catch((error: unknown) => {
    throw new Failure(`${path} cannot be read.`, error instanceof Error ? error.message : undefined, { cause: error });
  });

async function attempt(given: Given): Promise<number> {
  const { service, answer: letter } = await find(given);
  const trial = await service.client.tryDeadLetter({ params: { id: letter.eventId }, body: { actor: actor() } });
  return report(given, letter.eventId, trial, "would be handled now");
}

async function redrive(given: Given): Promise<number> {
  if (given.args.options.all && given.id !== undefined)
    throw usageFailure(`All, or ${given.id}?`, "souk dlq redrive ID, or souk dlq redrive --all");
  if (given.args.options.all) return redriveAll(given);
  const { service, answer: letter } = await find(given);
  const trial = await service.client.redriveDeadLetter({ params: { id: letter.eventId }, body: { actor: actor() } });
  return report(given, letter.eventId, trial, "was handled");
}

async function redriveAll({ args: { options }, io, services }: Given): Promise<number> {
  const body = { actor: actor(), ...(options.type !== undefined && { type: options.type }) };
  const { answers, silent } = await askAll(services, (client) => client.redriveDeadLetters({ body }));
  const scheduled = answers
    .filter(({ answer }) => answer.scheduled > 0)
    .map(({ service: { service }, answer }) => ({ service, ...answer }));
  if (options.json) printJson(io, scheduled);
  else if (scheduled.length === 0) io.out("There are no dead letters.");
  for (const { service, scheduled: count, lastAt } of options.json ? [] : scheduled)
    io.out(`${service} tries ${count} again, the last at ${lastAt}. What fails stays: souk dlq list`);
  return tellSilent(io, silent);
}

async function discard(given: Given): Promise<number> {
  const { why } = given.args.options;
  if (why === undefined)
    throw usageFailure("Why?", 'The record keeps the reason: --why "the order was entered again by hand"');
  const { service, answer: letter } = await find(given);
  await service.client.discardDeadLetter({ params: { id: letter.eventId }, body: { actor: actor(), why } });
  return report(given, letter.eventId, { ok: true }, "is discarded and will not be handled");
}

function report({ args, io }: Given, id: string, trial: { ok: boolean; error?: string }, done: string): number {
  if (args.options.json) printJson(io, { id, ...trial });
  else if (trial.ok) io.out(`${id} ${done}`);
  else io.err(`${io.paint("red", `${id} still fails:`)} ${trial.error ?? "no reason given"}`);
  return trial.ok ? 0 : 1;
}
