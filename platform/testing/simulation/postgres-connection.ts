import type { Param } from "@souk/postgres";
import type { Faults, Site } from "./faults.ts";
import { type Database, Session, SqlError, type Txn } from "./postgres/index.ts";
import type { PostgresHost } from "./postgres-host.ts";
import type { Process } from "./process.ts";
import { hashOf } from "./trace.ts";

/** As in PostgreSQL's and our own configuration. */
const deadlockTimeoutMs = 1_000;
const statementTimeoutMs = 10_000;
const idleInTransactionMs = 10_000;

/** A server that is busy, or waits for its disk, may take so long between two statements that came together. */
const mostSlowMs = 2_000;

type Answer = { readonly rows: unknown[]; readonly tag: string };

/** A statement that was sent, and what became of it. */
class Asked {
  readonly name: string;
  readonly text: string;
  readonly values: readonly unknown[];
  readonly #resolve: (answer: Answer) => void;
  readonly #reject: (error: Error) => void;
  result: Answer | Error | undefined;

  constructor(
    name: string,
    text: string,
    values: readonly unknown[],
    resolve: (answer: Answer) => void,
    reject: (error: Error) => void,
  ) {
    this.name = name;
    this.text = text;
    this.values = values;
    this.#resolve = resolve;
    this.#reject = reject;
    this.result = undefined;
  }

  /** @param instead of what came of it */
  answer(instead?: Error): void {
    const result = instead ?? this.result;
    if (result instanceof Error) this.#reject(result);
    else if (result) this.#resolve(result);
  }
}

/** One for all: what is thrown of it is made anew by `translate`, and a stack costs more than the rest of a broken connection. */
const connectionLost = new Error("Connection terminated unexpectedly");

/** Where a process's connections to a database can fail. */
export type ConnectionSites = Readonly<Record<"cut" | "lose" | "slow" | "conflict", Site>> & {
  /** How the trace calls them. */
  readonly where: number;
};

export function connectionSites(faults: Faults, process: string, database: string): ConnectionSites {
  const edge = `${process}>${database}`;
  return {
    cut: faults.site(`cut ${edge}`),
    lose: faults.site(`lose ${edge}`),
    slow: faults.site(`slow ${edge}`),
    conflict: faults.site(`conflict ${edge}`),
    where: hashOf(`${process} ${database}`),
  };
}

/** Both ends of a connection: what `@souk/postgres` has of one, and the server's session. */
export class Connection {
  readonly process: Process;
  readonly session: Session;
  readonly #host: PostgresHost;
  readonly #lost: (connection: Connection) => void;
  readonly #sites: ConnectionSites;
  /** Asked and not answered. */
  #asked: Asked[] = [];
  #broken: Error | undefined;
  #batch: Asked[] = [];
  #batchStep = -1;
  #arrivesAt = 0;
  #answersAt = 0;
  // The server's end.
  #queue: Asked[] = [];
  #current: Asked | undefined;
  #replies: Asked[] = [];
  #isClosed = false;
  #isWaking = false;
  /** Odd while it is blocked, and different each time. */
  #blocks = 0;
  #idleSince = Number.POSITIVE_INFINITY;
  #isIdleWatched = false;

  constructor(
    host: PostgresHost,
    process: Process,
    database: Database,
    sites: ConnectionSites,
    lost: (connection: Connection) => void,
  ) {
    this.#host = host;
    this.#sites = sites;
    this.process = process;
    this.session = new Session(database);
    this.#lost = lost;
  }

  get isBroken(): boolean {
    return this.#broken !== undefined;
  }

  send({ name, text }: { readonly name: string; readonly text: string }, values: readonly Param[]): Promise<Answer> {
    const taken = values.some(isDate) ? values.map((one) => (one instanceof Date ? one.toISOString() : one)) : values;
    return new Promise((resolve, reject) => this.#ask(new Asked(name, text, taken, resolve, reject)));
  }

  #ask(asked: Asked): void {
    const { process } = this;
    const { scheduler, delays } = this.#host.options;
    if (this.#broken) {
      const error = this.#broken;
      scheduler.after(0, () => process.deliver(() => asked.answer(error)));
      return;
    }
    if (!process.maySend()) return;
    this.#asked.push(asked);
    if (this.#sites.cut.happens()) {
      this.#break();
      return;
    }
    if (this.#batchStep === scheduler.steps) {
      this.#batch.push(asked);
      return;
    }
    const batch = [asked];
    this.#batch = batch;
    this.#batchStep = scheduler.steps;
    this.#arrivesAt = Math.max(this.#arrivesAt, scheduler.now + delays.database());
    scheduler.after(this.#arrivesAt - scheduler.now, () => this.#arrive(batch), true);
  }

  #arrive(batch: readonly Asked[]): void {
    if (this.#isClosed) return;
    this.#queue.push(...batch);
    this.#work();
  }

  #work(): void {
    const { scheduler, delays, chance } = this.#host.options;
    while (!this.#isClosed && this.#current === undefined) {
      const next = this.#queue.shift();
      if (!next) break;
      this.#idleSince = Number.POSITIVE_INFINITY;
      this.#current = next;
      this.#carryOn(next);
      if (this.#queue.length > 0) {
        const isSlow = this.#sites.slow.happens();
        if (isSlow || delays.yields()) {
          scheduler.after(isSlow ? chance() * mostSlowMs : delays.database(), () => this.#work(), true);
          break;
        }
      }
    }
    this.#flush();
    if (this.#current === undefined && this.session.inTransaction) this.#watchIdle();
  }

  /** Does a step of the current request, and answers it when that was the last one. @param begun it begins now */
  #carryOn(begun?: Asked, failure?: SqlError): void {
    const { trace } = this.#host.options.scheduler;
    const asked = this.#current;
    if (!asked) return;
    try {
      if (begun && this.session.mayConflict(begun) && this.#sites.conflict.happens())
        this.session.refuse(begun, new SqlError("40001", "could not serialize access"));
      const result = begun ? this.session.start(begun) : this.session.go(failure);
      if (!result) {
        this.#block();
        return;
      }
      const { command, rows } = result;
      trace.note(this.#sites.where, hashOf(asked.name) ^ rows.length);
      if (trace.isReadable) trace.say(() => `${this.process.name} ${shortened(asked.text)} → ${rows.length} rows`);
      asked.result = { rows, tag: command };
    } catch (error) {
      // A statement that is wrong in itself is a bug, ours or theirs, and no weather.
      if (!(error instanceof SqlError) || /^(42|0A)/.test(error.code))
        throw new Error(`${this.process.name}: ${shortened(asked.text)}`, { cause: error });
      trace.note(this.#sites.where, hashOf(error.code));
      trace.say(() => `${this.process.name} ${shortened(asked.text)} → ${error.code}`);
      asked.result = error;
    }
    this.#replies.push(asked);
    this.#current = undefined;
    if (this.#blocks % 2 === 1) this.#unblock();
  }

  #unblock(): void {
    this.#blocks++;
    this.#host.blocked.delete(this);
  }

  #flush(): void {
    if (this.#replies.length === 0) return;
    const replies = this.#replies;
    this.#replies = [];
    if (this.#sites.lose.happens()) {
      this.#break();
      return;
    }
    const { scheduler, delays } = this.#host.options;
    this.#answersAt = Math.max(this.#answersAt, scheduler.now + delays.database());
    scheduler.after(this.#answersAt - scheduler.now, () => {
      this.process.deliver(() => {
        if (this.#broken) return;
        this.#asked.splice(0, replies.length);
        for (const asked of replies) asked.answer();
      });
    });
  }

  #block(): void {
    const { scheduler } = this.#host.options;
    this.#blocks += this.#blocks % 2 === 1 ? 2 : 1;
    const block = this.#blocks;
    this.#host.blocked.add(this);
    const isSame = () => !this.#isClosed && this.#current !== undefined && this.#blocks === block;
    scheduler.after(
      deadlockTimeoutMs,
      () => {
        if (isSame() && this.#host.isDeadlocked(this)) this.#end(new SqlError("40P01", "deadlock detected"));
      },
      true,
    );
    scheduler.after(
      statementTimeoutMs,
      () => {
        if (isSame()) this.#end(new SqlError("57014", "canceling statement due to statement timeout"));
      },
      true,
    );
  }

  #end(error: SqlError): void {
    this.#carryOn(undefined, error);
    this.#work();
  }

  wakeFor(txn: Txn): void {
    if (this.#isWaking || this.#isClosed || !this.session.waitsFor.includes(txn)) return;
    this.#isWaking = true;
    const { scheduler, delays } = this.#host.options;
    scheduler.after(
      delays.yields() ? delays.database() : 0,
      () => {
        this.#isWaking = false;
        if (this.#isClosed || !this.session.isBusy) return;
        this.#carryOn();
        this.#work();
      },
      true,
    );
  }

  #watchIdle(): void {
    const { scheduler } = this.#host.options;
    this.#idleSince = scheduler.now;
    if (this.#isIdleWatched) return;
    this.#isIdleWatched = true;
    const look = () => {
      this.#isIdleWatched = false;
      if (this.#isClosed || this.#idleSince === Number.POSITIVE_INFINITY) return;
      if (scheduler.now - this.#idleSince >= idleInTransactionMs - 1) this.serverDied();
      else this.#watchIdleFor(this.#idleSince + idleInTransactionMs - scheduler.now, look);
    };
    this.#watchIdleFor(idleInTransactionMs, look);
  }

  #watchIdleFor(ms: number, look: () => void): void {
    this.#isIdleWatched = true;
    this.#host.options.scheduler.after(ms, look);
  }

  /** The connection breaks. The client learns of it soon, the server sooner or later; answers on their way are lost. */
  #break(): void {
    const { scheduler, chance } = this.#host.options;
    scheduler.trace.say(() => `${this.process.name} loses a connection, ${this.#asked.length} unanswered`);
    this.#clientLoses();
    const soon = chance() < 0.7;
    scheduler.after(soon ? chance() : chance() * 3_000, () => this.#close(), true);
  }

  #clientLoses(): void {
    if (this.#broken) return;
    const error = connectionLost;
    this.#broken = error;
    this.#lost(this);
    const { scheduler, delays } = this.#host.options;
    const asked = this.#asked;
    this.#asked = [];
    scheduler.after(delays.database(), () =>
      this.process.deliver(() => {
        for (const one of asked) one.answer(error);
      }),
    );
  }

  /** The server ends the session: because it dies, or because it has had enough. */
  serverDied(): void {
    this.#close();
    this.#clientLoses();
  }

  /** The client is gone; what it had sent before still arrives. */
  hangUp(): void {
    this.#broken ??= connectionLost;
    const { scheduler, delays } = this.#host.options;
    const ms = Math.max(0, this.#arrivesAt - scheduler.now) + delays.database();
    scheduler.after(ms, () => this.#close(), true);
  }

  #close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#queue = [];
    this.#current = undefined;
    if (this.#blocks % 2 === 1) this.#unblock();
    this.session.close();
    this.#host.forget(this);
  }
}

const isDate = (value: Param) => value instanceof Date;
const shortened = (text: string) => text.replace(/\s+/g, " ").slice(0, 70);
