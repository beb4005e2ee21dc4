import type { ImportReport } from "../contract.ts";

/** As many failures as a person reads; the rest are counted only. */
const maxFailed = 1_000;

type Fate = "created" | "updated" | "unchanged" | { readonly reason: string };

/** Counts what became of each line. */
export class Report {
  readonly #counts = { lines: 0, created: 0, updated: 0, unchanged: 0, rejected: 0 };
  readonly #failed: { line: number; reason: string }[] = [];

  add(line: number, fate: Fate): void {
    this.#counts.lines++;
    if (typeof fate === "string") {
      this.#counts[fate]++;
      return;
    }
    this.#counts.rejected++;
    if (this.#failed.length < maxFailed) this.#failed.push({ line, reason: fate.reason });
  }

  result(): ImportReport {
    return { ...this.#counts, failed: this.#failed.toSorted((a, b) => a.line - b.line) };
  }
}
