import type { ServerResponse } from "node:http";
import type { Clock } from "@souk/kernel";
import type { Exchange } from "./exchange.ts";

const heartbeatMs = 15_000;
const retryMs = 2_000;

/**
 * Answers with server-sent events (WHATWG HTML §9.2) until `events` ends or the caller hangs up. A comment every 15 s keeps
 * proxies from thinking it dead. A slow reader is waited for: nothing piles up here, comments neither.
 */
export async function sendEvents(
  exchange: Exchange,
  events: AsyncIterable<unknown>,
  serialise: (event: unknown) => string,
  clock: Clock,
): Promise<void> {
  const { res } = exchange;
  const iterator = events[Symbol.asyncIterator]();
  // Whether the events or the caller end it: a generator's `finally` runs, unless it waits for something else than `signal`.
  const release = () => {
    cancel();
    iterator.return?.().catch((error: unknown) => exchange.logFailure("a stream of events did not end well", error));
  };
  let cancel = () => {};
  const beat = () => {
    cancel = clock.after(heartbeatMs, () => {
      if (isOver(res)) return;
      if (!res.writableNeedDrain) res.write(": still here\n\n");
      beat();
    });
  };
  exchange.onceOver(release);
  if (isOver(res)) return; // gone before the route had its events
  exchange.sendHead(200, { "content-type": "text/event-stream; charset=utf-8", "x-accel-buffering": "no" });
  if (exchange.req.method === "HEAD") return void res.end();
  res.write(`retry: ${retryMs}\n\n`);
  beat();
  try {
    for (let next = await iterator.next(); !next.done && !isOver(res); next = await iterator.next()) {
      if (!res.write(`data: ${serialise(next.value)}\n\n`)) await drained(res);
    }
  } catch (error) {
    if (!exchange.signal.aborted && !isOver(res)) {
      exchange.logFailure("a stream of events broke off", error);
      res.write(`event: error\ndata: ${exchange.problem(error).document}\n\n`);
    }
  }
  res.end();
}

/** The listener is gone, or the server closes. */
const isOver = (res: ServerResponse) => res.closed || res.writableEnded;

function drained(res: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    if (res.closed) return resolve();
    const done = () => {
      res.off("drain", done).off("close", done);
      resolve();
    };
    res.on("drain", done).on("close", done);
  });
}
