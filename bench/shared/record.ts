import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, release, totalmem, type } from "node:os";
import { join, resolve } from "node:path";

/** One number of a bench: the median of its rounds, which stand beside it. */
export type Figure = {
  readonly name: string;
  readonly unit: string;
  readonly value: number;
  readonly rounds: readonly number[];
};

/** How quick the machine was while a bench ran; two results are comparable when these are. */
export type Calibration = {
  /** 100 million integer steps in one thread of Node. */
  readonly loopMs: number;
  /** Single-row inserts a second, each its own durable commit, 16 at once. Where the bench has a PostgreSQL. */
  readonly commitsPerSecond?: number;
};

export type Result = {
  readonly bench: string;
  /** What was measured, in a sentence. */
  readonly about: string;
  /** Measures it again. */
  readonly command: string;
  readonly commit: string;
  readonly date: string;
  readonly machine: string;
  readonly calibration: readonly Calibration[];
  readonly figures: readonly Figure[];
};

const folder = resolve(import.meta.dirname, "../results");

/** Keeps a result as JSON in `bench/results`, in place of the last one: git has those before. */
export function record(result: Pick<Result, "bench" | "about" | "command" | "calibration" | "figures">): Result {
  const whole: Result = { ...result, commit: commit(), date: new Date().toISOString(), machine: machine() };
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${result.bench}.json`), `${JSON.stringify(whole, null, 2)}\n`);
  return whole;
}

function commit(): string {
  try {
    const words = ["-C", import.meta.dirname, "rev-parse", "--short", "HEAD"];
    return execFileSync("git", words, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    return "unknown"; // a copy without git
  }
}

const machine = () =>
  `${cpus().length} × ${cpus()[0]?.model.trim() ?? "CPU"}, ${Math.round(totalmem() / 2 ** 30)} GB, ${type()} ${release()}, Node ${process.versions.node}`;
