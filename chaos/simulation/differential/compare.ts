import { isDeepStrictEqual } from "node:util";
import { type Chance, sleep, systemClock } from "@souk/kernel";
import { seededChance } from "../../../platform/testing/clock.ts";
import {
  type Database,
  Server,
  Session,
  SqlError,
  type Txn,
} from "../../../platform/testing/simulation/postgres/index.ts";
import { type Command, comparedTables, drawer, palette } from "./commands.ts";

/** A session of the real server. */
export type RealSession = {
  readonly send: (text: string, command?: Command) => Promise<Outcome>;
  /** Whether its next wait for a lock ends when it is one of a circle: of all who wait, only whoever is told so looks. */
  readonly looksForDeadlock: (looks: boolean) => Promise<unknown>;
  /** Whether it waits for a lock. */
  readonly isWaiting: () => Promise<boolean>;
  /** Ends what it is doing with 57014. */
  readonly cancel: () => Promise<void>;
};
export type Real = {
  readonly sessions: readonly RealSession[];
  /** Empties all tables and puts sequences back. */
  readonly reset: () => Promise<void>;
  readonly rows: (table: string) => Promise<unknown[]>;
};

/** Rows, or the code of an error. */
export type Outcome = { readonly rows?: readonly unknown[]; readonly code?: string };

const steps = 24;
const sessionsAtOnce = 3;
const answerWithinMs = 60_000;

type Side = {
  readonly session: Session;
  readonly real: RealSession;
  pending: Promise<Outcome> | undefined;
  isSorted: boolean;
};

/** Runs one random program on both. @returns how they differ; undefined when they do not */
export async function differ(seed: number, template: Database, real: Real): Promise<string | undefined> {
  const chance = seededChance(seed);
  const story: string[] = [];
  // Its tables are small: half of the programs use indexes all the same.
  const server = new Server({ now: () => 0, chance: () => 0.5, ended() {}, notify() {}, few: seed % 2 === 0 ? 0 : 8 });
  const db = template.copyTo(server);
  await real.reset();
  const sides: Side[] = real.sessions
    .slice(0, sessionsAtOnce)
    .map((one) => ({ session: new Session(db), real: one, pending: undefined, isSorted: true }));
  /** In the order in which they began to wait. */
  const waiting: Side[] = [];

  const numberOf = (side: Side) => sides.indexOf(side);
  const failed = (what: string) => `seed ${seed}: ${what}\n${story.join("\n")}`;

  /** Both have answered: are they the same? */
  async function settle(side: Side, model: Outcome): Promise<string | undefined> {
    const { pending: given, isSorted } = side;
    side.pending = undefined;
    const late = sleep(systemClock, answerWithinMs).then((): Outcome => ({ code: "still waiting" }));
    const answer = (await Promise.race([given, late])) ?? {};
    story.push(`  ${numberOf(side)} ← ${shown(answer)}`);
    return isDeepStrictEqual(normal(model, isSorted), normal(answer, isSorted))
      ? undefined
      : failed(`PostgreSQL: ${shown(answer)}\nmodel: ${shown(model)}`);
  }

  /** Whoever waited for what has ended goes on. */
  async function wake(): Promise<string | undefined> {
    for (let i = 0; i < waiting.length; ) {
      const side = waiting[i] as Side; // as: below the length
      if (side.session.waitsFor.some((txn) => txn.state === "open")) {
        i++;
        continue;
      }
      const outcome = modelled(() => side.session.go());
      if (!outcome) {
        i++;
        continue;
      }
      waiting.splice(i, 1);
      const difference = await settle(side, outcome);
      if (difference) return difference;
      i = 0;
    }
    return undefined;
  }

  async function step(side: Side, text: string, command?: Command): Promise<string | undefined> {
    story.push(`${numberOf(side)}: ${text.replace(/\s+/g, " ")} ${command ? JSON.stringify(command.values) : ""}`);
    side.isSorted = command?.isSorted ?? true;
    const outcome = modelled(() => side.session.start({ text, values: command?.values ?? [] }));
    const before = waiting.map(({ session }) => session);
    const isDead = !outcome && isDeadlocked(side.session, before);
    // The last to come is the one that fails, whoever else would have looked by then.
    if (isDead) await side.real.looksForDeadlock(true);
    side.pending = side.real.send(text, command);
    if (outcome) return (await settle(side, outcome)) ?? wake();
    // Of several that wait at once it is up to PostgreSQL's scheduler who comes first.
    const isRace = !isDead && waiting.length > 0;
    if (isDead) {
      const dead = modelled(() => side.session.go(new SqlError("40P01", "deadlock"))) ?? {};
      const difference = await settle(side, dead);
      // In a transaction that is undone with it.
      if (!side.session.inTransaction) await side.real.looksForDeadlock(false);
      return difference ?? wake();
    }
    const hasAnswered = await Promise.race([side.pending.then(() => true), untilWaiting(side.real)]);
    if (hasAnswered) return failed(`the model waits, PostgreSQL answered ${shown(await side.pending)}`);
    story.push(`  ${numberOf(side)} waits`);
    if (isRace) {
      await side.real.cancel();
      return (await settle(side, modelled(() => side.session.go(new SqlError("57014", "canceled"))) ?? {})) ?? wake();
    }
    waiting.push(side);
    return undefined;
  }

  const make = palette(chance);
  const draw = drawer(chance);
  for (let n = 0; n < steps; n++) {
    const free = sides.filter(({ pending }) => pending === undefined);
    const side = free[Math.floor(chance() * free.length)];
    if (!side) break;
    const difference = await step(side, ...drawStep(side, chance, () => make(draw)));
    if (difference) return difference;
  }
  for (;;) {
    const open = sides.find(({ pending, session }) => pending === undefined && session.inTransaction);
    if (!open) break;
    const difference = await step(open, chance() < 0.5 ? "commit" : "rollback");
    if (difference) return difference;
  }
  for (const table of comparedTables) {
    const there = sorted((await real.rows(table)).map(plain).map(withoutPosition));
    const here = sorted(
      new Session(db)
        .start({ text: `select * from ${table}`, values: [] })
        ?.rows.map(plain)
        .map(withoutPosition) ?? [],
    );
    if (!isDeepStrictEqual(here, there))
      return failed(`${table}\nPostgreSQL: ${JSON.stringify(there)}\nmodel: ${JSON.stringify(here)}`);
  }
  return undefined;
}

function drawStep({ session }: Side, chance: Chance, command: () => Command): [text: string, command?: Command] {
  const drawn = chance();
  if (!session.inTransaction && drawn < 0.4) return [drawn < 0.06 ? "begin isolation level repeatable read" : "begin"];
  if (session.inTransaction && drawn < 0.25) return [drawn < 0.18 ? "commit" : "rollback"];
  const made = command();
  return [made.statement.text, made];
}

function modelled(
  work: () => { readonly command: string; readonly rows: readonly unknown[] } | undefined,
): Outcome | undefined {
  try {
    const result = work();
    return result && { rows: result.rows };
  } catch (error) {
    if (error instanceof SqlError) return { code: error.code };
    throw error;
  }
}

function isDeadlocked(of: Session, others: readonly Session[]): boolean {
  const own = of.transaction;
  const seen = new Set<Txn>();
  const leads = (txn: Txn): boolean => {
    if (txn === own) return true;
    if (seen.has(txn)) return false;
    seen.add(txn);
    return others.find(({ transaction }) => transaction === txn)?.waitsFor.some(leads) ?? false;
  };
  return of.waitsFor.some(leads);
}

async function untilWaiting(real: RealSession): Promise<false> {
  for (const until = systemClock.monotonic() + answerWithinMs; systemClock.monotonic() < until; )
    if (await real.isWaiting()) return false;
  return false;
}

/** Numbers are handed out row by row there and statement by statement here; a statement that fails wastes them either way. */
const withoutPosition = (row: unknown): unknown => {
  const { position: _, ...rest } = row as Readonly<Record<string, unknown>>; // as: a row is an object
  return rest;
};

const plain = (row: unknown): unknown => JSON.parse(JSON.stringify(row));
const sorted = (rows: readonly unknown[]) => rows.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
const normal = ({ rows, code }: Outcome, isSorted: boolean) => ({
  code,
  rows: rows && (isSorted ? rows.map(plain) : sorted(rows.map(plain))),
});
const shown = ({ rows, code }: Outcome) => code ?? JSON.stringify(rows);
