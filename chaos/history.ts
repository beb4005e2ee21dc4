import { appendFileSync, writeFileSync } from "node:fs";

/**
 * One line of a history, as Jepsen keeps them: an operation is invoked, and ends as `ok`, as `fail` (it certainly did not happen) or as
 * `unknown` (nobody can say). `at` is in ms since the start of the run.
 */
export type Entry = {
  readonly at: number;
  readonly op: number;
  readonly f: Operation;
  readonly type: "invoke" | "ok" | "fail" | "unknown";
  readonly value: Value;
};
export type Operation = "buy" | "cancel" | "return" | "receive" | "import" | "browse";
export type Value = {
  readonly cartId?: string;
  readonly orderId?: string;
  readonly sku?: string;
  readonly quantity?: number;
  readonly card?: string;
  /** What the answer said of the order: `confirmed`, or `accepted` when it was not final yet. */
  readonly said?: "confirmed" | "accepted";
  /** Why it was refused. */
  readonly code?: string;
  /** How often it was sent again. */
  readonly retries?: number;
};

export type Invoked = { readonly end: (type: "ok" | "fail" | "unknown", value: Value) => void; readonly op: number };

export type History = {
  readonly entries: () => readonly Entry[];
  readonly invoke: (f: Operation, value: Value) => Invoked;
};

/** @param path of the NDJSON file; every line is there before the shop is asked */
export function openHistory(path: string, now: () => number): History {
  const entries: Entry[] = [];
  writeFileSync(path, "");
  let ops = 0;
  const write = (entry: Entry) => {
    entries.push(entry);
    appendFileSync(path, `${JSON.stringify(entry)}\n`);
  };
  return {
    entries: () => entries,
    invoke(f, value) {
      const op = ++ops;
      write({ at: Math.round(now()), op, f, type: "invoke", value });
      return {
        op,
        end: (type, more) => write({ at: Math.round(now()), op, f, type, value: { ...value, ...more } }),
      };
    },
  };
}

/** An operation from its beginning to its end. */
export type Op = {
  readonly op: number;
  readonly f: Operation;
  readonly begun: number;
  /** Undefined: it never ended, which is `unknown`. */
  readonly ended?: number;
  readonly type: "ok" | "fail" | "unknown";
  readonly value: Value;
};

export function operationsOf(entries: readonly Entry[]): Op[] {
  const ops = new Map<number, Op>();
  for (const { at, op, f, type, value } of entries) {
    const before = ops.get(op);
    if (type === "invoke") ops.set(op, { op, f, begun: at, type: "unknown", value });
    else if (before) ops.set(op, { ...before, ended: at, type, value });
  }
  return [...ops.values()];
}
