import { appendFile, mkdir, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { Cancel, Clock } from "@souk/kernel";
import type { FinishedSpan, SpanSink, Written } from "./span.ts";

export type TraceFileOptions = {
  /** One per process: two writers would rotate it under each other. The older half is kept beside it as `<path>.1`. */
  readonly path: string;
  readonly clock: Clock;
  readonly written?: Written;
  /** At most this much is kept in each of the two files. Default 16 MiB. */
  readonly maxBytes?: number;
};

const FLUSH_AFTER_MS = 200;
const FLUSH_AT_SPANS = 256;
/** Spans held while the disk does not take them; beyond it the newest are dropped. */
const MAX_HELD = 10_000;

/** What a trace file's older half is called. */
export const rotated = (path: string): string => `${path}.1`;

/** Finished spans as JSON lines: a laptop's trace store, so that `souk demo` shows a trace without a collector. */
export function createTraceFile({
  path,
  clock,
  written = () => {},
  maxBytes = 16 * 2 ** 20,
}: TraceFileOptions): SpanSink {
  let held: FinishedSpan[] = [];
  let size: number | undefined;
  let timer: Cancel | undefined;
  let writing: Promise<void> | undefined;

  const write = async (): Promise<void> => {
    while (held.length > 0) {
      const text = held.map((span) => `${JSON.stringify(span)}\n`).join("");
      held = [];
      if (size === undefined) {
        await mkdir(dirname(path), { recursive: true });
        const existing = await stat(path).catch(() => undefined);
        // Rotating would rename it: a device or a pipe is not ours to move.
        if (existing && !existing.isFile()) throw new Error(`${path} is not a file`);
        size = existing?.size ?? 0;
      }
      const bytes = Buffer.byteLength(text);
      if (size > 0 && size + bytes > maxBytes) {
        await rm(rotated(path), { force: true });
        await rename(path, rotated(path));
        size = 0;
      }
      await appendFile(path, text);
      size += bytes;
    }
  };

  const flush = (): Promise<void> => {
    timer?.();
    timer = undefined;
    writing ??= write()
      .then(() => written())
      // A full disk costs traces, never the work that is traced. The size is unknown now, so it is read again.
      .catch((error: unknown) => {
        size = undefined;
        written(error);
      })
      .finally(() => {
        writing = undefined;
      });
    return writing;
  };

  return {
    add(span) {
      if (held.length >= MAX_HELD) return;
      held.push(span);
      if (held.length === FLUSH_AT_SPANS) void flush();
      else timer ??= clock.after(FLUSH_AFTER_MS, () => void flush());
    },
    async close() {
      await writing;
      await flush();
    },
  };
}
