import type { Discovery } from "@souk/mesh";
import { seededChance } from "../../../platform/testing/clock.ts";
import type { Database } from "../../../platform/testing/simulation/postgres/index.ts";
import type { Process } from "../../../platform/testing/simulation/process.ts";
import type { RunOptions, Scenario, Verdict } from "../scenario.ts";
import { Book, neighbourHost } from "./neighbour.ts";
import { brokenPromises } from "./promises.ts";
import { readerTables, readTypes, startReader } from "./reader.ts";
import { type Parts, type Seller, sellerTables, startSeller } from "./seller.ts";
import { logTemplate, Stage, template } from "./stage.ts";

const healAfterMs = 15_000;
const convergeWithinMs = 600_000;
const lookEveryMs = 250;
/** Good runs stay below this, however long they are: whoever needs more goes round in circles. */
const mostSteps = (nowMs: number, { crowd = 0 }: Parts) => (9_000 + 0.4 * nowMs) * (1 + crowd / 4);
/** Quiet for so long: whatever was on its way has arrived, and everybody has polled once more. */
const settledMs = 1_500;

let made: readonly Database[] | undefined;

export type Wish = {
  readonly orderId: string;
  readonly atMs: number;
  readonly refusedBy: "stock" | "bank" | undefined;
  readonly cancelAfterMs: number | undefined;
  /** How often somebody changes it soon after, where no saga runs. */
  readonly touches: number;
};

/** What was asked for, and what the customer was told: that there is an order, that it will be cancelled, that it was changed. */
export type Outcome = { readonly wish: Wish; isTold: boolean; isCancelled: boolean; asked: number; changed: number };

function drawWishes(seed: number, weather: RunOptions["weather"], { crowd }: Parts): Wish[] {
  if (weather === "steady")
    return [{ orderId: "order-0", atMs: 1, refusedBy: undefined, cancelAfterMs: undefined, touches: 2 }];
  const chance = seededChance(seed ^ 0x1357);
  return Array.from({ length: crowd ?? (chance() < 0.3 ? 2 : 1) }, (_, n) => ({
    orderId: `order-${n}`,
    atMs: chance() * (crowd === undefined ? 300 : 6_000),
    refusedBy: chance() < 0.15 ? "bank" : chance() < 0.1 ? "stock" : undefined,
    cancelAfterMs: chance() < 0.25 ? chance() * (chance() < 0.5 ? 20 : 3_000) : undefined,
    touches: chance() < 0.7 ? 1 + Math.floor(chance() * 3) : 0,
  }));
}

const rates =
  (share: number, { crowd }: Parts): Scenario["rates"] =>
  (seed) => {
    const chance = seededChance(seed ^ 0x0f4a);
    const some = (most: number) => (chance() < share ? chance() * most : 0);
    return {
      crash: some(0.03),
      stop: some(0.004),
      cut: some(0.02),
      lose: some(0.02),
      drop: some(0.15),
      mute: some(0.2),
      break: some(0.15),
      double: some(0.3),
      late: some(0.2),
      reorder: some(0.3),
      throw: some(0.2),
      postgres: some(0.05),
      slow: some(0.05),
      conflict: some(0.05),
      skew: some(0.5),
      away: crowd === undefined ? 0 : 0.1,
    };
  };

const scenario = (name: string, describe: string, parts: Parts, share: number): Scenario => ({
  name,
  describe,
  rates: rates(share, parts),
  run: (options) => run(parts, options),
});

const sagas: Parts = { sagas: true, letters: false, view: false, log: false };
const letters: Parts = { ...sagas, sagas: false, letters: true };

export const chassisScenarios = {
  order: scenario(
    "order",
    "an order through event store, outbox, bus, inbox, projector, saga and calls",
    { sagas: true, letters: true, view: true, log: false },
    0.4,
  ),
  saga: scenario(
    "saga",
    "an order's saga: event store, saga runner, leases, retries, breakers, two neighbours",
    sagas,
    0.3,
  ),
  rush: scenario(
    "rush",
    "many sagas at once while nobody reaches a neighbour: bulkheads, retry budgets, circuits that open and close",
    { ...sagas, crowd: 24 },
    0.3,
  ),
  letter: scenario(
    "letter",
    "an event from the state it tells of to the effect it has elsewhere: outbox, relay, bus, inbox",
    letters,
    0.3,
  ),
  log: scenario(
    "log",
    "the same over our own log in PostgreSQL: appends that take turns, cursors, leases on partitions",
    { ...letters, log: true },
    0.3,
  ),
  view: scenario(
    "view",
    "a projection that follows the events of several writers",
    { ...letters, letters: false, view: true },
    0.4,
  ),
} as const;

async function run(parts: Parts, options: RunOptions): Promise<Verdict> {
  const { seed, weather } = options;
  made ??= [template("seller", sellerTables), template("reader", readerTables), logTemplate()];
  const stage = new Stage({
    ...options,
    databases: parts.log ? made : made.slice(0, 2),
    hasLog: parts.log,
    subscribers: { reader: readTypes },
    unordered: ["reader"],
  });
  const { scheduler, chance } = stage;
  const many = () => (weather === "jittery" && chance() < 0.25 ? 2 : 1);
  const wishes = drawWishes(seed, weather, parts);
  const outcomes = wishes.map((wish): Outcome => ({ wish, isTold: false, isCancelled: false, asked: 0, changed: 0 }));
  const books = Object.fromEntries(
    (["stock", "bank"] as const).map((name) => {
      if (!parts.sagas) return [name, new Book(new Set())];
      const refused = wishes.filter(({ refusedBy }) => refusedBy === name).map(({ orderId }) => orderId);
      const book = new Book(new Set(refused));
      stage.keep(`${name}-1`, (process) =>
        stage.network.listen(`http://${name}-1:80`, neighbourHost(process, book, stage.faults.site(`late ${name}`))),
      );
      return [name, book];
    }),
  ) as { readonly stock: Book; readonly bank: Book }; // as: made from these two names

  const sellers: { process: Process; seller: Seller }[] = [];
  for (let n = many(); n > 0; n--) {
    const at = sellers.length;
    stage.keep(`seller-${n}`, (process, lives) => {
      sellers[at] = { process, seller: startSeller(stage, process, lives, discovery, parts) };
    });
  }
  for (let n = parts.letters ? many() : 0; n > 0; n--)
    stage.keep(`reader-${n}`, (process, lives) => startReader(stage, process, lives));

  for (const outcome of outcomes) {
    const { orderId, atMs, cancelAfterMs, touches } = outcome.wish;
    const ask = () => {
      if (outcome.isTold) return;
      const { process, seller } = sellers[Math.floor(chance() * sellers.length)] as (typeof sellers)[number]; // as: not empty
      process.deliver(() => {
        seller.place(orderId).then(
          () => {
            if (!process.maySend()) return;
            outcome.isTold = true;
            if (!parts.sagas) touch(outcome, touches);
            if (cancelAfterMs !== undefined) scheduler.after(cancelAfterMs, () => cancel(outcome));
          },
          () => {},
        );
      });
      scheduler.after(1_500, ask, true);
    };
    scheduler.after(atMs, ask, true);
  }
  const touch = (outcome: Outcome, times: number) => {
    const together = weather === "jittery" && chance() < 0.5;
    for (let n = 0; n < times; n++)
      scheduler.after(
        together ? 0 : n * 30,
        () => {
          const { process, seller } = sellers[n % sellers.length] as (typeof sellers)[number]; // as: not empty
          const told = () => {
            outcome.changed++;
          };
          process.deliver(() => {
            outcome.asked++;
            seller.touch(outcome.wish.orderId).then(told, () => {});
          });
        },
        true,
      );
  };
  const cancel = (outcome: Outcome) => {
    const { process, seller } = sellers[0] as (typeof sellers)[number]; // as: not empty
    const told = (isPromised: boolean) => {
      outcome.isCancelled ||= isPromised && process.maySend();
    };
    process.deliver(() => void seller.cancel(outcome.wish.orderId).then(told, () => {}));
  };
  const dies = stage.faults.site("postgres dies");
  const breakPostgres = () => {
    if (stage.faults.isHealed) return;
    if (dies.happens()) stage.postgres.crash(500 + chance() * 2_000);
    scheduler.after(400, breakPostgres, true);
  };
  if (weather === "jittery") scheduler.after(chance() * 400, breakPostgres, true);
  const loseNeighbours = () => {
    if (stage.faults.isHealed) return;
    for (const name of ["stock", "bank"]) {
      const url = `http://${name}-1:80`;
      if (stage.network.away.has(url) || !stage.faults.site(`away ${name}`).happens()) continue;
      stage.network.away.add(url);
      scheduler.after(2_000 + chance() * 18_000, () => stage.network.away.delete(url), true);
    }
    scheduler.after(400, loseNeighbours, true);
  };
  if (parts.crowd !== undefined) scheduler.after(chance() * 400, loseNeighbours, true);

  const isQuiet = () => outcomes.every(({ isTold }) => isTold) && restless(stage, parts).length === 0;
  const isCircling = () => scheduler.steps > mostSteps(scheduler.now, parts);
  let quietSince = Number.POSITIVE_INFINITY;
  const problems: string[] = [];
  for (;;) {
    await scheduler.run(scheduler.now + lookEveryMs, isCircling);
    if (!isQuiet()) quietSince = Number.POSITIVE_INFINITY;
    else if (quietSince === Number.POSITIVE_INFINITY) quietSince = scheduler.now;
    if (scheduler.now - quietSince >= settledMs) break;
    if (scheduler.now >= healAfterMs && !stage.faults.isHealed) {
      stage.faults.isHealed = true;
      stage.trace.say(() => "healed");
    }
    if (scheduler.now > healAfterMs + convergeWithinMs || isCircling()) {
      problems.push(
        ...restless(stage, parts),
        ...outcomes.filter(({ isTold }) => !isTold).map(({ wish }) => `${wish.orderId} was never answered`),
      );
      break;
    }
  }
  problems.push(...brokenPromises(stage, outcomes, books, parts));
  const verdict: Verdict = {
    problems,
    hash: stage.trace.hash,
    steps: scheduler.steps,
    virtualMs: scheduler.now,
    faults: stage.faults.taken,
    sites: stage.faults.sites,
    lines: stage.trace.lines,
  };
  stage.close();
  return verdict;
}

const instances = {
  stock: [{ instance: "stock-1", url: "http://stock-1:80" }],
  bank: [{ instance: "bank-1", url: "http://bank-1:80" }],
};
const discovery: Discovery = {
  instances: (service) => instances[service as keyof typeof instances], // as: there are no others
  close() {},
};

/** What is still under way. */
function restless(stage: Stage, parts: Parts): string[] {
  const found: string[] = [];
  const seller = stage.postgres.database("seller");
  const reader = stage.postgres.database("reader");
  const count = (n: number, what: string) => {
    if (n > 0) found.push(`${n} ${what}`);
  };
  if (parts.log) count(unread(stage.postgres.database("bus")), "events unread");
  else if (parts.letters) count(stage.bus.owed, "deliveries owed");
  if (parts.letters) count(missing(seller.values("chassis.outbox", "done_at")), "events unsent");
  count(missing(seller.values("chassis.sagas", "ended_at")), "sagas under way");
  count(reader.values("chassis.parked", "event_id").length, "events parked");
  if (!parts.view) return found;
  const [checkpoint = 0] = seller.values("chassis.projections", "position");
  if (checkpoint < Math.max(0, ...seller.values("chassis.events", "position"))) found.push("events not projected");
  return found;
}

const missing = (values: readonly unknown[]) => values.reduce<number>((n, value) => (value === null ? n + 1 : n), 0);

/** How much the log holds beyond its readers' cursors. */
function unread(bus: Database): number {
  const [partitions, read] = [bus.values("bus.cursor", "partition"), bus.values("bus.cursor", "position")];
  const cursors = new Map(partitions.map((partition, i) => [partition, Number(read[i])]));
  const positions = bus.values("bus.log", "position");
  return bus
    .values("bus.log", "partition")
    .reduce<number>((n, partition, i) => (Number(positions[i]) > (cursors.get(partition) ?? 0) ? n + 1 : n), 0);
}
