import type { Trace } from "./trace.ts";

/** Something that will happen; `run` is undefined once it has been taken back. */
type Event = { readonly at: number; readonly order: number; run: (() => void) | undefined; readonly quiet: boolean };

/** `queueMicrotask` would make an AsyncResource for each of millions of steps. */
const resolved = Promise.resolve();

/**
 * Virtual time. Events happen one after the other, each at its own instant; between two of them everything that was promised is
 * settled. Nothing here reads a clock or waits for one, so a run depends on its seed alone.
 */
export class Scheduler {
  /** Milliseconds from the beginning, with fractions. */
  now = 0;
  /** How many events have happened. */
  steps = 0;
  readonly trace: Trace;
  readonly #heap: Event[] = [];
  #order = 0;

  constructor(trace: Trace) {
    this.trace = trace;
  }

  /**
   * @param quiet promises nothing to anybody: the next event may follow at once
   * @returns takes it back
   */
  after(delayMs: number, run: () => void, quiet = false): () => void {
    const event: Event = { at: this.now + Math.max(0, delayMs), order: this.#order++, run, quiet };
    this.#push(event);
    return () => {
      event.run = undefined;
    };
  }

  /** Lets events happen until `over` says so, none is left, or `untilMs` is reached. */
  run(untilMs: number, over: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      // A microtask that asks for a tick: Node runs ticks when no microtask is left, so all that was promised is settled by then.
      const settled = () => process.nextTick(step);
      const step = () => {
        try {
          for (;;) {
            const event = this.#next(untilMs);
            if (!event) {
              this.now = Math.max(this.now, untilMs);
              return resolve();
            }
            if (over()) return resolve();
            this.now = event.at;
            this.steps++;
            event.run?.();
            if (!event.quiet) break;
          }
        } catch (error) {
          return reject(error);
        }
        void resolved.then(settled);
      };
      process.nextTick(step);
    });
  }

  #next(untilMs: number): Event | undefined {
    for (;;) {
      const first = this.#heap[0];
      if (first === undefined || first.at > untilMs) return undefined;
      this.#pop();
      if (first.run) return first;
    }
  }

  // A binary heap by time, and among equals by who asked first.
  #push(event: Event): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(event);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const other = heap[parent] as Event; // as: inside the array
      if (!isBefore(event, other)) break;
      heap[at] = other;
      at = parent;
    }
    heap[at] = event;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop() as Event; // as: only called when there is one
    const size = heap.length;
    if (size === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      if (child + 1 < size && isBefore(heap[child + 1] as Event, heap[child] as Event)) child++;
      const other = heap[child] as Event; // as: inside the array
      if (!isBefore(other, last)) break;
      heap[at] = other;
      at = child;
    }
    heap[at] = last;
  }
}

const isBefore = (a: Event, b: Event) => a.at < b.at || (a.at === b.at && a.order < b.order);
