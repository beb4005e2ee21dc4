import type { Cancel, Chance, Clock } from "@souk/kernel";
import type { Faults, Site } from "./faults.ts";
import type { Scheduler } from "./scheduler.ts";
import { hashOf } from "./trace.ts";

/** The instant at which every run begins: noon on 1 January 2030. */
export const epochMs = Date.UTC(2030, 0, 1, 12);

/** How far a clock that is set wrong is off. */
const mostSkewMs = 4_000;

export type ProcessOptions = {
  readonly name: string;
  readonly scheduler: Scheduler;
  readonly faults: Faults;
  /** Told when it has been killed. */
  readonly killed: () => void;
};

/**
 * A process of the simulated system. All that reaches it (a timer, an answer, a request) comes through `deliver`, all that leaves it
 * asks `maySend` first: these are the points at which it can die, and nothing it does in between can be seen from outside. Code of a
 * dead process is not stopped, but nobody ever answers it.
 */
export class Process {
  readonly name: string;
  readonly clock: Clock;
  isAlive = true;
  readonly scheduler: Scheduler;
  readonly #id: number;
  readonly #crash: Site;
  readonly #killed: () => void;
  readonly #mourners = new Set<() => void>();
  readonly #timers = new Set<{ readonly task: () => void }>();
  /** It has been stopped (SIGSTOP) until then, and whatever comes waits. */
  #stoppedUntil = 0;
  readonly #waiting: (() => void)[] = [];
  readonly #stop: Site;
  readonly #chance: Chance;

  constructor({ name, scheduler, faults, killed }: ProcessOptions, chance: Chance) {
    this.name = name;
    this.scheduler = scheduler;
    this.#id = hashOf(name);
    this.#killed = killed;
    this.#chance = chance;
    this.#crash = faults.site(`crash ${name}`);
    this.#stop = faults.site(`stop ${name}`);
    const bornAt = scheduler.now;
    const skewMs = faults.site(`skew ${name}`).happens() ? (chance() - 0.5) * 2 * mostSkewMs : 0;
    this.clock = {
      now: () => Math.floor(epochMs + scheduler.now + skewMs),
      monotonic: () => scheduler.now - bornAt,
      after: (delayMs, task): Cancel => this.#after(delayMs, task),
    };
  }

  #after(delayMs: number, task: () => void): Cancel {
    if (!this.isAlive) return () => {};
    const timer = { task };
    this.#timers.add(timer);
    const cancel = this.scheduler.after(delayMs, () =>
      this.deliver(() => {
        // Taken back while the process was stopped.
        if (this.#timers.delete(timer)) task();
      }),
    );
    return () => {
      if (this.#timers.delete(timer)) cancel();
    };
  }

  /** Something reaches it. */
  deliver(work: () => void): void {
    if (!this.isAlive) return;
    if (this.#stoppedUntil > this.scheduler.now) {
      this.#waiting.push(work);
      return;
    }
    this.scheduler.trace.note(this.#id, 1);
    if (this.#crash.happens()) this.kill();
    else if (this.#stop.happens()) {
      this.#waiting.push(work);
      this.#pause();
    } else work();
  }

  /** Something leaves it. @returns false when it dies before that, or is dead */
  maySend(): boolean {
    if (!this.isAlive) return false;
    if (!this.#crash.happens()) return true;
    this.kill();
    return false;
  }

  kill(): void {
    if (!this.isAlive) return;
    this.isAlive = false;
    this.#waiting.length = 0;
    this.scheduler.trace.say(() => `${this.name} dies`);
    for (const listener of this.#mourners) listener();
    this.#mourners.clear();
    this.#killed();
    this.#letGo();
  }

  /** The run is over: as `kill`, but nobody is told. */
  abandon(): void {
    this.isAlive = false;
    this.#letGo();
  }

  /**
   * Node keeps every combined AbortSignal that somebody listens to until it is aborted or nobody listens any more: so what the dead
   * process waits for is brought to its end. Nothing of it can be seen: it may not send, and nothing reaches it.
   */
  #letGo(): void {
    const timers = [...this.#timers];
    this.#timers.clear();
    for (const { task } of timers) task();
  }

  /** @returns forgets `listener` */
  onDeath(listener: () => void): () => void {
    this.#mourners.add(listener);
    return () => this.#mourners.delete(listener);
  }

  /** For longer than most leases. */
  #pause(): void {
    const ms = 1_000 + this.#chance() * 15_000;
    this.#stoppedUntil = this.scheduler.now + ms;
    this.scheduler.trace.say(() => `${this.name} is stopped for ${Math.round(ms)} ms`);
    this.scheduler.after(ms, () => {
      for (const work of this.#waiting.splice(0)) this.scheduler.after(0, () => this.deliver(work));
    });
  }
}
