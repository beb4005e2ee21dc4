import { connect, type Socket } from "node:net";
import { type Clock, systemClock } from "@souk/kernel";

export type WireAnswer = {
  readonly status: number;
  /** Lower-case names; a name that came several times has its values joined with a comma. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
};

/** Why there was no answer. */
export class NoAnswer extends Error {}

/**
 * A connection on which any bytes can be sent, one request after the other. It is opened again when the server has closed it.
 * A stream of events is left as soon as it has begun.
 */
export type Wire = {
  /** @throws NoAnswer when the server closes, or says nothing for `patienceMs` */
  readonly ask: (bytes: Buffer) => Promise<WireAnswer>;
  readonly close: () => void;
};

export function wire(address: string, { patienceMs = 20_000, clock = systemClock as Clock } = {}): Wire {
  const { hostname, port } = new URL(address);
  let socket: Socket | undefined;

  function open(): Socket {
    // What could not be sent any more may have been answered all the same: "close" follows.
    return connect({ host: hostname, port: Number(port), noDelay: true }).on("error", () => {});
  }

  function ask(bytes: Buffer): Promise<WireAnswer> {
    const connection = socket?.writable ? socket : open();
    socket = connection;
    return new Promise((resolve, reject) => {
      let got: Buffer = Buffer.alloc(0);
      const settle = (leave: boolean, tell: () => void) => {
        cancel();
        connection.off("data", take).off("close", closed);
        if (leave) connection.destroy();
        tell();
      };
      const cancel = clock.after(patienceMs, () =>
        settle(true, () =>
          reject(new NoAnswer(`no answer within ${patienceMs} ms, but ${JSON.stringify(String(got))}`)),
        ),
      );
      const take = (chunk: Buffer) => {
        got = got.length === 0 ? chunk : Buffer.concat([got, chunk]);
        const answer = readAnswer(got);
        if (answer) settle(answer.last, () => resolve(answer));
      };
      const closed = () => {
        const answer = readAnswer(got, true);
        settle(true, () => (answer ? resolve(answer) : reject(new NoAnswer("closed without an answer"))));
      };
      connection.on("data", take).once("close", closed);
      connection.write(bytes);
    });
  }

  return { ask, close: () => socket?.destroy() };
}

/**
 * The answer at the beginning of `bytes`, undefined as long as it is not whole.
 * @param ended whether no more bytes will come
 */
export function readAnswer(bytes: Buffer, ended = false): (WireAnswer & { readonly last: boolean }) | undefined {
  const split = bytes.indexOf("\r\n\r\n");
  if (split === -1) return undefined;
  const [line = "", ...lines] = bytes.toString("latin1", 0, split).split("\r\n");
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(line)?.[1] ?? Number.NaN);
  const rest = bytes.subarray(split + 4);
  if (status < 200) return readAnswer(rest, ended); // 100 Continue
  const headers: Record<string, string> = {};
  for (const header of lines) {
    const colon = header.indexOf(":");
    const name = header.slice(0, colon).toLowerCase();
    const value = header.slice(colon + 1).trim();
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
  }
  const answer = (body: Buffer, last = headers["connection"] === "close") => ({
    status,
    headers,
    text: body.toString(),
    last,
  });
  if (headers["content-type"]?.startsWith("text/event-stream")) return answer(Buffer.alloc(0), true);
  if (status === 204 || status === 304) return answer(Buffer.alloc(0));
  if (headers["transfer-encoding"] === "chunked") {
    const body = unchunked(rest);
    return body && answer(body);
  }
  const length = headers["content-length"];
  if (length === undefined) return ended ? answer(rest, true) : undefined;
  return rest.length >= Number(length) ? answer(rest.subarray(0, Number(length))) : undefined;
}

function unchunked(bytes: Buffer): Buffer | undefined {
  const chunks: Buffer[] = [];
  for (let at = 0; ; ) {
    const end = bytes.indexOf("\r\n", at);
    if (end === -1) return undefined;
    const size = Number.parseInt(bytes.toString("latin1", at, end), 16);
    if (size === 0) return bytes.length >= end + 4 ? Buffer.concat(chunks) : undefined;
    const next = end + 2 + size + 2;
    if (bytes.length < next) return undefined;
    chunks.push(bytes.subarray(end + 2, end + 2 + size));
    at = next;
  }
}
