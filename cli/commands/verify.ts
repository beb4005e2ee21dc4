import { readFile } from "node:fs/promises";
import { cardSimulator } from "@souk/card-simulator/contract";
import { orders } from "@souk/orders/contract";
import { payments } from "@souk/payments/contract";
import { type Database, openDatabase, StatementError } from "@souk/postgres";
import { commandClock } from "../clock.ts";
import type { Options, Run } from "../command.ts";
import { Failure, isAway } from "../failure.ts";
import { type Io, printJson } from "../io.ts";
import { operatorMesh } from "../operator.ts";
import { runningSupervisor } from "../running-shop.ts";
import { type Home, homeOf } from "../state/home.ts";
import { isMissing } from "../state/private-file.ts";
import { readerUrlFile } from "../supervisor/environment.ts";
import { bus, serviceNames } from "../system.ts";
import type { BookedCharge, Verdict, View } from "../verify/check.ts";
import { inFlightCheck, type Told } from "../verify/in-flight.ts";
import { checks, judge } from "../verify/verify.ts";

export const summary = "Check from outside that nothing was lost, doubled or oversold";
export const usage = `souk verify
souk verify --settle 0

Reads every service's tables through read-only roles, and the card provider's own book, and checks each invariant of the shop.
What is on its way between two services is looked at again for a while before it is called wrong. Exits with 1 when anything is.`;
export const options = {
  settle: {
    type: "number",
    value: "SECONDS",
    least: 0,
    fractions: true,
    default: 10,
    describe: "how long what is on its way may take",
  },
} as const satisfies Options;

const shownProblems = 5;

export const run: Run<typeof options> = async ({ options }, io) => {
  const settleMs = options.settle * 1_000;
  const home = homeOf(io.env);
  await runningSupervisor(home);
  const { view, inFlight, close } = await openView(home);
  const verdicts: Verdict[] = [];
  try {
    for (const check of [...checks, inFlightCheck(inFlight, commandClock.now)]) {
      const verdict = await judge(check, view, commandClock, settleMs).catch((error) => unseen(check.name, error));
      verdicts.push(verdict);
      if (!options.json) show(io, verdict);
    }
  } finally {
    await close();
  }
  const wrong = verdicts.filter(({ ok }) => !ok).length;
  if (options.json)
    printJson(io, {
      ok: wrong === 0,
      checks: verdicts.map(({ problems, ...rest }) => (problems.length > 0 ? { ...rest, problems } : rest)),
    });
  else
    io.out(
      wrong === 0
        ? io.paint("green", `\nAll ${verdicts.length} invariants hold.`)
        : io.paint("red", `\n${wrong} of ${verdicts.length} invariants do not hold, or could not be looked at.`),
    );
  return wrong === 0 ? 0 : 1;
};

/** What cannot be looked at is not known to hold. */
function unseen(name: string, error: unknown): Verdict {
  // A statement that is refused: the shop runs another version than this command, and has not got that table.
  if (!isAway(error) && !(error instanceof StatementError)) throw error;
  return { name, ok: false, figure: "could not be looked at", problems: [error.message] };
}

function show(io: Io, { name, ok, figure, problems }: Verdict): void {
  io.out(`${ok ? io.paint("green", "✓") : io.paint("red", "✗")} ${name}  ${io.paint("dim", figure)}`);
  for (const problem of problems.slice(0, shownProblems)) io.out(`    ${problem}`);
  if (problems.length > shownProblems) io.out(`    … and ${problems.length - shownProblems} more (--json shows all)`);
}

async function openView(
  home: Home,
): Promise<{ view: View; inFlight: () => Promise<Told>; close: () => Promise<void> }> {
  const open = new Map<string, Database>();
  const mesh = await operatorMesh(home);
  const provider = mesh.client(cardSimulator);
  const urls = new Map(
    await Promise.all(
      [bus, ...(await serviceNames())].map(async (name) => [name, await readerUrl(home, name)] as const),
    ),
  );

  function database(name: string): Database {
    const known = open.get(name);
    if (known) return known;
    const url = urls.get(name);
    if (url === undefined)
      throw new Failure(`There is no read-only role for ${name}.`, "It is made at the start: souk down, then souk up");
    const opened = openDatabase({
      url,
      poolSize: 2,
      applicationName: "souk verify",
      clock: commandClock,
      chance: Math.random,
    });
    open.set(name, opened);
    return opened;
  }

  async function book(): Promise<BookedCharge[]> {
    const charges: BookedCharge[] = [];
    for (let after = 0; ; ) {
      const page = await provider.book({ query: { after, limit: 1_000 } }, { timeoutMs: 10_000 });
      charges.push(...page.charges);
      if (page.next === after) return charges;
      after = page.next;
    }
  }

  async function inFlight(): Promise<Told> {
    const told = await Promise.all([
      mesh.client(orders).inFlight({}, { timeoutMs: 10_000 }),
      mesh.client(payments).inFlight({}, { timeoutMs: 10_000 }),
    ]);
    const open = told.flatMap(({ open }) => open.map(({ count }) => count));
    return {
      objectiveSeconds: Math.max(...told.map(({ objectiveSeconds }) => objectiveSeconds)),
      differences: open.reduce((a, b) => a + b, 0),
    };
  }

  return {
    view: { database, bus: database(bus), book },
    inFlight,
    async close() {
      await Promise.all([...open.values()].map((one) => one.close()));
      await mesh.close();
    },
  };
}

/** Undefined for a service without a database. */
async function readerUrl(home: Home, name: string): Promise<string | undefined> {
  try {
    return (await readFile(readerUrlFile(home, name), "utf8")).trim();
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
