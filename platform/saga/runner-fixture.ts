import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import { ServiceError } from "@souk/kernel";
import type { Db, Param, Sql, Tx } from "@souk/postgres";
import { currentContext } from "@souk/telemetry";
import { type FakeClock, fakeClock, seededChance, sequentialIds, testDatabase } from "@souk/testing";
import { compensatable, pivot, saga, waitFor } from "./definition.ts";
import { migrations } from "./migrations.ts";
import { createSagaRunner, type SagaRunner, type SagaRunnerOptions } from "./runner.ts";
import type { AnySaga, SagaStatus } from "./types.ts";

export type Data = { readonly orderId: string; readonly paymentId?: string; readonly approved?: boolean };
export const refusal = new ServiceError("payments.declined", "failed_precondition", "The card was declined.");
export const unavailable = new ServiceError("mesh.unavailable", "unavailable", "Nobody answers.");
export const nothing = async () => {};

/** Waits for real I/O. @throws AssertionError when `check` is not true within a minute, however slow the machine */
export async function until(check: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const startedAt = performance.now();
  while (!(await check())) {
    assert.ok(performance.now() - startedAt < 60_000, `gave up waiting: ${what}`);
    await turn();
  }
}

/** Other services: they remember keys, as every callee of a saga must. */
export function outside() {
  const answers = new Map<string, unknown>();
  const calls: string[] = [];
  return {
    /** Every request, in order, by its key. */
    calls,
    /** Every effect, in order, by its key: once each, however often it was asked for. */
    effects: () => [...answers.keys()],
    /** A step that has its effect and answers. */
    act:
      (answer?: object, wait: () => Promise<void> = async () => {}) =>
      async () => {
        const key = currentContext().idempotencyKey ?? "no key";
        calls.push(key);
        await wait();
        if (!answers.has(key)) answers.set(key, answer);
        return answers.get(key) as object | undefined; // as: put there above
      },
    /** A step that throws `errors` one after the other, then answers. */
    fail(errors: readonly Error[], answer?: object) {
      const left = [...errors];
      const succeed = this.act(answer);
      return async () => {
        const error = left.shift();
        if (!error) return succeed();
        calls.push(currentContext().idempotencyKey ?? "no key");
        throw error;
      };
    },
  };
}

/** Whose approval is waited for, unless it is cheap. */
export const approval = (name: string, world: ReturnType<typeof outside>) =>
  saga<Data>(name, [
    compensatable("price", world.act(), world.act()),
    waitFor("approval", { when: ({ orderId }) => orderId !== "cheap", windowMs: 60_000 }),
    pivot("pay", world.act()),
  ]);

/**
 * A process that may be killed at any of the points it passes: from then on nothing it waits for ever comes.
 * @param fatal the number of the point at which it dies, from 1; none when left out
 */
export function mortal(fatal = Number.POSITIVE_INFINITY) {
  class Killed extends Error {}
  let passed = 0;
  let isDead = false;
  const death = Promise.withResolvers<never>();
  death.promise.catch(() => {});
  const never = () => new Promise<never>(() => {});
  function kill(): void {
    isDead = true;
    death.reject(new Killed());
  }

  async function pass(): Promise<void> {
    if (!isDead && ++passed < fatal) return;
    kill();
    return never();
  }

  /** A statement may be lost on its way there, or its answer on the way back. */
  const statementOf =
    (sql: Sql): Sql =>
    async (strings: TemplateStringsArray, ...values: Param[]) => {
      await pass();
      const rows = await sql(strings, ...values);
      await pass();
      // as: the caller names the rows' type
      return rows as never;
    };

  return {
    points: () => passed,
    isDead: () => isDead,
    kill,
    pass,
    /** The database as this process sees it. When it dies inside a transaction, the server rolls that back. */
    database(db: Db): Db {
      const tx = async <T>(work: (tx: Tx) => Promise<T>, options?: object): Promise<T> => {
        await pass();
        try {
          const result = await db.tx(async (real) => {
            const mine: Tx = Object.assign(statementOf(real), {
              afterCommit: (hook: () => void) => real.afterCommit(() => isDead || hook()),
            });
            const value = await Promise.race([work(mine), death.promise]);
            await Promise.race([pass(), death.promise]);
            return value;
          }, options);
          await pass();
          return result;
        } catch (error) {
          if (error instanceof Killed) return never();
          throw error;
        }
      };
      return Object.assign(statementOf(db), { tx });
    },
  };
}

/** A database, a clock, and runners on them. */
export async function stage() {
  const { db, sql } = await testDatabase({ sets: [migrations] });
  const clock: FakeClock = fakeClock();
  const newId = sequentialIds();
  const runners: SagaRunner[] = [];
  const logged: string[] = [];

  return {
    db,
    sql,
    clock,
    logged,
    async runner(sagas: readonly AnySaga[], options: Partial<SagaRunnerOptions> = {}): Promise<SagaRunner> {
      const write = (message: string) => void logged.push(message);
      const log = { info: write, warn: write, error: write };
      const runner = createSagaRunner({
        db,
        sagas,
        owner: `replica-${runners.length + 1}`,
        clock,
        chance: seededChance(1),
        newId,
        log,
        ...options,
      });
      runners.push(runner);
      return runner;
    },
    start: (runner: SagaRunner, saga: AnySaga, id: string, data: object = {}, through: Db = db) =>
      through.tx((tx) => runner.start(tx, saga, id, data)),
    async status(id: string): Promise<SagaStatus | undefined> {
      const [row] = await sql<{ status: SagaStatus }>`select status from chassis.sagas where id = ${id}`;
      return row?.status;
    },
    /** Until the saga has this status, moving the clock on meanwhile: back-offs, leases and polls then take no time. */
    async reaches(id: string, status: SagaStatus, stepMs = 0): Promise<void> {
      await until(async () => {
        if ((await this.status(id)) === status) return true;
        if (stepMs > 0) await clock.advance(stepMs);
        return false;
      }, `saga ${id} becomes ${status}`);
    },
    /** Lets time pass as it does, step by step: before each, and after the last, whoever is at work gets done. */
    async pass(ms: number, stepMs = 100): Promise<void> {
      for (let left = ms; left > 0; left -= stepMs) await clock.advance(Math.min(left, stepMs));
      await clock.advance(0);
    },
    /** `step: outcome`, in order. */
    async history(id: string): Promise<string[]> {
      const rows = await sql<{ action: string; step: string | null; outcome: string }>`
        select action, step, outcome from chassis.saga_history where saga_id = ${id} order by seq`;
      return rows.map(({ action, step, outcome }) => `${action} ${step ?? ""}: ${outcome}`);
    },
    async end(): Promise<void> {
      await Promise.all(runners.map((runner) => runner.stop(0)));
    },
  };
}
