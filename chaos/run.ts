import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { cpus, release, totalmem, type } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { seededChance } from "@souk/testing";
import { repository } from "../cli/state/home.ts";
import { eventually } from "../e2e/shop/client.ts";
import { type Experiment, untilAllReady } from "./faults/experiment.ts";
import { openHistory, operationsOf } from "./history.ts";
import { judge } from "./judge.ts";
import { hotStock, stockShop } from "./load/goods.ts";
import { patienceMs, startLoad } from "./load/load.ts";
import { type Outcome, shareOf, shareText, type Trial, verdictOf } from "./outcome.ts";
import type { Profile } from "./profiles.ts";
import { openChaosShop } from "./shop/chaos-shop.ts";
import { readWorld, untilFinal } from "./world.ts";

export type RunOptions = {
  readonly seed: number;
  readonly name: string;
  readonly profile: Profile;
  /** Where the history goes. */
  readonly folder: string;
  readonly say: (line: string) => void;
};

/** Two of what holds leases: what one was doing another takes up. */
const replicas = { orders: 2, inventory: 2 };
/** Only a run that fails waits so long, or one on a machine that is busy with other things. */
const finalWithinMs = 240_000;
const settleSeconds = 60;
/** Fewer say nothing of how it is without a fault. */
const fewestOps = 10;

/** What was still under way when the first fault struck says nothing of the time before it. */
const endedBefore = (ops: Outcome["ops"], at: number) =>
  ops.filter(({ begun, ended }) => (ended === undefined ? begun < at - patienceMs : ended < at));

/** Runs a whole profile against a shop of its own, and judges what came of it. */
export async function runChaos({ seed, name, profile, folder, say }: RunOptions): Promise<Outcome> {
  rmSync(join(folder, "logs"), { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const startedAt = new Date().toISOString();
  say("Starting a shop with a proxy on every edge");
  const shop = await openChaosShop(replicas);
  const zero = performance.now();
  const now = () => performance.now() - zero;
  const marks: { at: number; what: string }[] = [];
  try {
    const goods = await stockShop(shop.http, shop.token);
    const history = openHistory(join(folder, "history.ndjson"), now);
    const { lanes, thinkMs } = profile;
    const load = startLoad({ http: shop.http, token: shop.token, goods, history, seed, lanes, thinkMs });
    await delay(profile.steadySeconds * 1_000);
    const ended = () => operationsOf(history.entries()).filter((op) => op.ended !== undefined).length;
    await eventually("shoppers are served", async () => ended() >= fewestOps);
    const steadyTo = now();
    say(
      `Steady state: ${shareText(shareOf(endedBefore(operationsOf(history.entries()), steadyTo), 0, steadyTo))} succeeded`,
    );

    const chance = seededChance(seed);
    const trials: Trial[] = [];
    async function tryOut(experiment: Experiment, seconds: number): Promise<Trial> {
      const struck: Record<string, number> = {};
      const from = now();
      let failed: string | undefined;
      try {
        await experiment.run(
          {
            shop,
            chance,
            struck(what, times = 1) {
              if (times === 0) return;
              struck[what] = (struck[what] ?? 0) + times;
              marks.push({ at: Math.round(now()), what });
            },
          },
          seconds * 1_000,
        );
      } catch (error) {
        failed = error instanceof Error ? error.message : String(error);
      }
      const { name, hypothesis } = experiment;
      const to = now();
      const during = { done: 0, succeeded: 0 };
      return { name, hypothesis, from, to, struck, during, ...(failed !== undefined && { failed }) };
    }

    for (const round of profile.rounds) {
      say(`▸ ${round.map(([{ name }]) => name).join(", ")}`);
      const tried = await Promise.all(round.map(([experiment, seconds]) => tryOut(experiment, seconds)));
      const over = now();
      shop.edges.heal();
      const lost = await untilAllReady(shop).then(
        () => undefined,
        (error: Error) => error.message,
      );
      const recoveredMs = Math.round(now() - over);
      trials.push(...tried.map((trial) => ({ ...trial, recoveredMs, ...(lost !== undefined && { failed: lost }) })));
      await delay(profile.pauseSeconds * 1_000);
    }

    // Breakers that have opened close, shoppers who were waiting are answered: then everything must succeed again.
    await delay(2_500);
    const calmFrom = now();
    say("▸ no fault any more");
    await delay(profile.calmSeconds * 1_000);
    const begunInCalm = () => operationsOf(history.entries()).filter(({ begun }) => begun >= calmFrom).length;
    await eventually("shoppers go on", async () => begunInCalm() >= fewestOps);
    await load.stop();
    const ops = operationsOf(history.entries());
    const judged = trials.map((trial) => ({ ...trial, during: shareOf(ops, trial.from, trial.to) }));

    say("Waiting for every order to be final");
    const open = await untilFinal(shop, finalWithinMs, profile.hurryAfterSeconds * 1_000);
    const world = await readWorld(shop, load.carts, hotStock(goods));
    const problems = [
      ...open.map(({ id, lifecycle, payment }) => `order ${id} never became final: ${lifecycle}, ${payment}`),
      ...judge(ops, world),
    ];
    say("souk verify");
    const { checks } = await shop.verify(settleSeconds);
    const counts = await recoveries(shop, ops);
    writeFileSync(join(folder, "slowest-sagas.json"), JSON.stringify(await slowestSagas(shop), null, 2));
    const planted = await plantLie(shop, load.carts, hotStock(goods), ops);
    const outcome: Omit<Outcome, "verdict"> = {
      ...{
        seed,
        profile: name,
        commit: commitOf(),
        startedAt,
        machine: machine(),
        ops,
        marks,
        counts,
        problems,
        checks,
        planted,
      },
      durationMs: Math.round(now()),
      trials: judged,
      steady: shareOf(endedBefore(ops, steadyTo), 0, steadyTo),
      calm: shareOf(ops, calmFrom, Number.POSITIVE_INFINITY),
      calmFrom,
    };
    return { ...outcome, verdict: verdictOf(outcome) };
  } finally {
    say("Stopping the shop");
    // What each process said, for whoever has to find out why.
    cpSync(shop.home.logs, join(folder, "logs"), { recursive: true, filter: (path) => !path.endsWith("postgres.log") });
    cpSync(join(shop.home.postgres, "server.log"), join(folder, "logs", "postgres.log"));
    await shop.stop();
  }
}

type Shop = Awaited<ReturnType<typeof openChaosShop>>;

/** What the longest of them waited for, for whoever reads the report. */
const slowestSagas = async (shop: Shop) =>
  (
    await shop.sql(
      "orders",
      `select s.id, s.status, s.started_at, s.ended_at, extract(epoch from s.ended_at - s.started_at) as seconds,
         (select json_agg(json_build_object('at', h.at, 'step', h.step, 'action', h.action, 'attempt', h.attempt, 'outcome', h.outcome,
            'code', h.code, 'ms', h.duration_ms) order by h.seq) from chassis.saga_history h where h.saga_id = s.id) as history
       from chassis.sagas s order by s.ended_at - s.started_at desc nulls first limit 5`,
    )
  ).rows;

async function recoveries(shop: Shop, ops: Outcome["ops"]): Promise<Outcome["counts"]> {
  const { rows } = await shop.sql(
    "orders",
    `select count(*) filter (where attempt > 1) as again, count(*) filter (where action = 'undo' and outcome = 'ok') as undone
     from chassis.saga_history`,
  );
  return {
    retriesOfShoppers: ops.reduce((sum, { value }) => sum + (value.retries ?? 0), 0),
    retriesOfSagas: Number(rows[0]?.again ?? 0),
    undone: Number(rows[0]?.undone ?? 0),
    restarts: shop.processes().reduce((sum, { restarts }) => sum + restarts, 0),
  };
}

/**
 * The judge is judged: behind the shop's back an order that a shopper was told is confirmed is deleted, which has to be seen from outside.
 */
async function plantLie(
  shop: Shop,
  carts: ReadonlyMap<string, string>,
  received: ReadonlyMap<string, number>,
  ops: Outcome["ops"],
): Promise<string[]> {
  const id = ops.find(({ f, type, value }) => f === "buy" && type === "ok" && value.said === "confirmed")?.value
    .orderId;
  if (id === undefined) return [];
  await shop.sql(
    "orders",
    `delete from chassis.events where stream_id = '${id}'; delete from orders where order_id = '${id}'`,
  );
  return judge(ops, await readWorld(shop, carts, received)).filter((problem) => problem.includes(id));
}

function commitOf(): string {
  try {
    return execFileSync("git", ["-C", repository, "rev-parse", "--short", "HEAD"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    return "unknown"; // a copy without git
  }
}

const machine = () =>
  `${cpus().length} × ${cpus()[0]?.model.trim() ?? "CPU"}, ${Math.round(totalmem() / 2 ** 30)} GB, ${type()} ${release()}`;
