import type { Clock } from "@souk/kernel";

/** How whoever started a command that goes on tells it to stop. */
export type Stopping = {
  /** In order. */
  readonly stop: AbortSignal;
  /** At once: Ctrl-C was pressed a second time. */
  readonly kill: AbortSignal;
  readonly release: () => void;
};

/** What of `process` it hears; a test brings its own. */
export type Signals = {
  on(name: NodeJS.Signals, heard: () => void): unknown;
  off(name: NodeJS.Signals, heard: () => void): unknown;
  readonly stdout: Pick<NodeJS.EventEmitter, "on" | "removeAllListeners">;
};

/** One press may arrive twice: from the terminal, and from a program in between that passes it on. */
const samePressMs = 100;

/**
 * Ctrl-C stops, and pressed again kills. SIGTERM and SIGHUP stop, however often they come: a terminal that closes sends two.
 * @param readerGone what the end of the reader of our output means (`souk up | head`): by itself it would end the process there and
 * then, and leave behind what it has started
 */
export function stopSignals(
  clock: Clock,
  { readerGone, process: heard = process }: { readonly readerGone: "stops" | "nothing"; readonly process?: Signals },
): Stopping {
  const stop = new AbortController();
  const kill = new AbortController();
  let pressedAt: number | undefined;
  const end = () => stop.abort();
  const press = () => {
    const now = clock.monotonic();
    if (pressedAt === undefined) pressedAt = now;
    else if (now - pressedAt >= samePressMs) kill.abort();
    end();
  };
  heard.on("SIGINT", press);
  for (const signal of ["SIGTERM", "SIGHUP"] as const) heard.on(signal, end);
  heard.stdout.removeAllListeners("error");
  heard.stdout.on("error", () => readerGone === "stops" && end());
  return {
    stop: stop.signal,
    kill: kill.signal,
    release() {
      heard.off("SIGINT", press);
      for (const signal of ["SIGTERM", "SIGHUP"] as const) heard.off(signal, end);
    },
  };
}
