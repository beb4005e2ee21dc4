import { readFile } from "node:fs/promises";
import { cardSimulator } from "@souk/card-simulator/contract";
import { type Database, openDatabase } from "@souk/postgres";
import { commandClock } from "../clock.ts";
import type { Options, Run } from "../command.ts";
import { Failure, usageFailure } from "../failure.ts";
import { type Io, printJson } from "../io.ts";
import { operatorMesh } from "../operator.ts";
import { runningSupervisor } from "../running-shop.ts";
import { type Home, homeOf } from "../state/home.ts";
import { readerUrlFile } from "../supervisor/environment.ts";
import { bus } from "../system.ts";
import type { BookedCharge, Verdict, View } from "../verify/check.ts";
import { checks, judge } from "../verify/verify.ts";

export const summary = "Check from outside that nothing was lost, doubled or oversold";
export const usage = `souk verify
souk verify --settle 0

Reads every service's tables through read-only roles, and the card provider's own book, and checks each invariant of the shop.
What is on its way between two services is looked at again for a while before it is called wrong. Exits with 1 when anything is.`;
export const options = {
  settle: { type: "string", value: "SECONDS", default: "10", describe: "how long what is on its way may take" },
} as const satisfies Options;

const shownProblems = 5;

export const run: Run<typeof options> = async ({ options }, io) => {
  const settleMs = Number(options.settle) * 1_000;
  if (!(settleMs >= 0))
    throw usageFailure(`--settle needs a number of seconds, not "${options.settle}".`, "For example: --settle 10");
  const home = homeOf(io.env);
  await runningSupervisor(home);
  const { view, close } = await openView(home);
  const verdicts: Verdict[] = [];
  try {
    for (const check of checks) {
      const verdict = await judge(check, view, commandClock, settleMs);
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
        : io.paint("red", `\n${wrong} of ${verdicts.length} invariants are broken.`),
    );
  return wrong === 0 ? 0 : 1;
};

function show(io: Io, { name, ok, figure, problems }: Verdict): void {
  io.out(`${ok ? io.paint("green", "✓") : io.paint("red", "✗")} ${name}  ${io.paint("dim", figure)}`);
  for (const problem of problems.slice(0, shownProblems)) io.out(`    ${problem}`);
  if (problems.length > shownProblems) io.out(`    … and ${problems.length - shownProblems} more (--json shows all)`);
}

async function openView(home: Home): Promise<{ view: View; close: () => Promise<void> }> {
  const open = new Map<string, Database>();
  const mesh = await operatorMesh(home);
  const provider = mesh.client(cardSimulator);
  const urls = new Map(
    await Promise.all([bus, ...databases].map(async (name) => [name, await readerUrl(home, name)] as const)),
  );

  function database(name: string): Database {
    const known = open.get(name);
    if (known) return known;
    const url = urls.get(name);
    if (url === undefined) throw new Error(`verify knows no database of ${name}`);
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

  return {
    view: { database, bus: database(bus), book },
    async close() {
      await Promise.all([...open.values()].map((one) => one.close()));
      await mesh.close();
    },
  };
}

const databases = ["users", "products", "inventory", "orders", "payments", "shipping", "notifications"];

async function readerUrl(home: Home, name: string): Promise<string> {
  try {
    return (await readFile(readerUrlFile(home, name), "utf8")).trim();
  } catch (cause) {
    throw new Failure(`There is no read-only role for ${name}.`, "It is made at the start: souk down, then souk up", {
      cause,
    });
  }
}
