import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { readAnswer, type WireAnswer } from "@souk/testing/bad-input";

/** Only a test that fails waits so long. */
const longestMs = 60_000;

export type RawSocket = {
  readonly socket: Socket;
  readonly write: (text: string | Buffer) => void;
  /** Everything that has come so far. */
  readonly got: () => string;
  /** Waits until the server has closed, and tells how long that took. @throws Error after `patienceMs` */
  readonly closed: (patienceMs?: number) => Promise<number>;
  /** Waits until `right` likes what has come. @throws Error when the server closes before, or after `patienceMs` */
  readonly until: (right: (got: string) => boolean, patienceMs?: number) => Promise<void>;
};

/** A connection on which every byte is chosen by whoever writes it. `latin1`, so that any byte can be written. */
export async function rawSocket(address: string): Promise<RawSocket> {
  const { hostname, port } = new URL(address);
  const socket = connect({ host: hostname, port: Number(port), noDelay: true, allowHalfOpen: true });
  let got: Buffer = Buffer.alloc(0);
  const begun = performance.now();
  socket.on("data", (chunk) => {
    got = Buffer.concat([got, chunk]);
  });
  socket.on("error", () => {}); // a reset: "close" follows
  const gone = once(socket, "close");
  socket.once("end", () => socket.end());
  await Promise.race([once(socket, "connect"), gone]);
  const inTime = async (what: string, event: Promise<unknown>, patienceMs: number) => {
    const late = Symbol("late");
    const stop = new AbortController();
    const first = await Promise.race([event, delay(patienceMs, late, { signal: stop.signal }).catch(() => late)]);
    stop.abort();
    if (first === late)
      throw new Error(`after ${patienceMs} ms still not: ${what}; got ${JSON.stringify(got.toString("latin1"))}`);
  };
  return {
    socket,
    write: (text) => void socket.write(typeof text === "string" ? Buffer.from(text, "latin1") : text),
    got: () => got.toString("latin1"),
    async closed(patienceMs = longestMs) {
      await inTime("closed", gone, patienceMs);
      return performance.now() - begun;
    },
    async until(right, patienceMs = longestMs) {
      while (!right(got.toString("latin1"))) {
        if (socket.closed) throw new Error(`closed after ${JSON.stringify(got.toString("latin1"))}`);
        await inTime("what was waited for", Promise.race([once(socket, "data"), gone]), patienceMs);
      }
    },
  };
}

/** All answers in what came, in their order. */
export function answersIn(text: string): WireAnswer[] {
  const answers: WireAnswer[] = [];
  for (let rest = Buffer.from(text, "latin1"); rest.length > 0; ) {
    const answer = readAnswer(rest, true);
    if (!answer) break;
    answers.push(answer);
    const head = rest.indexOf("\r\n\r\n") + 4;
    const length = Number(answer.headers["content-length"] ?? 0);
    rest = rest.subarray(head + length);
  }
  return answers;
}
