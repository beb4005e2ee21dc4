import type { IncomingMessage, ServerResponse } from "node:http";
import { type Readable, Transform } from "node:stream";
import type { Clock } from "@souk/kernel";
import { IDLE_TIMEOUT_MS } from "@souk/resilience";
import { RequestProblem } from "./problems.ts";

export const defaultBodyLimit = 256 * 1024;

/** The connection ended before the request did. Nobody is left to be answered. */
export class HungUp extends Error {}

export const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers["transfer-encoding"] !== undefined ||
  (headers["content-length"] !== undefined && headers["content-length"] !== "0");

/** Reads a body whole. @throws RequestProblem 413 as soon as it is too large; HungUp */
export function readBody(req: IncomingMessage, res: ServerResponse, limit: number): Promise<Buffer> {
  if (Number(req.headers["content-length"]) > limit) throw tooLarge(limit);
  invite(req, res);
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = [];
    let length = 0;
    const settle = () => {
      req.off("data", take).off("end", done).off("close", lost);
    };
    const take = (chunk: Buffer) => {
      length += chunk.length;
      chunks.push(chunk);
      if (length <= limit) return;
      chunks = [];
      settle();
      req.resume(); // what follows is read and dropped, so that the answer can be read on the other side
      reject(tooLarge(limit));
    };
    const done = () => {
      settle();
      const [only] = chunks;
      resolve(only && chunks.length === 1 ? only : Buffer.concat(chunks, length));
    };
    const lost = () => {
      settle();
      reject(new HungUp());
    };
    req.on("data", take).on("end", done).on("close", lost);
  });
}

/**
 * The body as a stream that the route reads at its own pace. Destroying it does not destroy the connection, so that a route that
 * has read enough can still answer. It fails with `request_timeout` when the sender pauses for `IDLE_TIMEOUT_MS` while it is read.
 */
export function streamBody(req: IncomingMessage, res: ServerResponse, limit: number, clock: Clock): Readable {
  if (Number(req.headers["content-length"]) > limit) throw tooLarge(limit);
  invite(req, res);
  let length = 0;
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      moved();
      length += chunk.length;
      done(length > limit ? tooLarge(limit) : null, chunk);
    },
  });
  stream.on("error", () => {}); // whoever reads it is told; when nobody does, nobody has to be
  let movedAt = clock.monotonic();
  const moved = () => {
    movedAt = clock.monotonic();
  };
  const look = () => {
    if (stream.writableNeedDrain) moved(); // it is we who make the sender wait
    const leftMs = movedAt + IDLE_TIMEOUT_MS - clock.monotonic();
    if (leftMs <= 0) stream.destroy(tooSlow());
    else cancel = clock.after(leftMs, look);
  };
  let cancel = clock.after(IDLE_TIMEOUT_MS, look);
  stream.on("drain", moved).once("finish", () => cancel());
  const lost = () => {
    if (!req.complete) stream.destroy(new HungUp());
  };
  req.once("close", lost);
  stream.once("close", () => {
    cancel();
    req.off("close", lost);
    req.unpipe(stream).resume();
  });
  return req.pipe(stream);
}

/**
 * A client that asked before it sends (`Expect: 100-continue`) is told to, now that it would be heard.
 * @throws HungUp when it has gone meanwhile: its body would never end
 */
function invite(req: IncomingMessage, res: ServerResponse) {
  if (req.destroyed) throw new HungUp();
  if (req.headers.expect !== undefined) res.writeContinue();
}

const json = /^application\/json *(?:; *charset="?utf-8"? *)?$/i;

/** @throws RequestProblem 415 */
export function assertJson({ headers }: IncomingMessage): void {
  const type = headers["content-type"];
  if (type !== "application/json" && !(type !== undefined && json.test(type)))
    throw unsupported(["application/json"], type);
  assertPlain(headers["content-encoding"]);
}

/** @returns the media type in lower case, without parameters  @throws RequestProblem 415 */
export function mediaTypeOf({ headers }: IncomingMessage, accepted: readonly string[]): string {
  const type = headers["content-type"]?.split(";", 1)[0]?.trim().toLowerCase();
  if (type === undefined || !accepted.includes(type)) throw unsupported(accepted, type);
  assertPlain(headers["content-encoding"]);
  return type;
}

function assertPlain(encoding: string | undefined) {
  if (encoding !== undefined && encoding.toLowerCase() !== "identity") {
    throw new RequestProblem(
      "unsupported_media_type",
      "A compressed body is not accepted; send it without Content-Encoding.",
      {
        headers: { "accept-encoding": "identity" },
      },
    );
  }
}

const unsupported = (accepted: readonly string[], type: string | undefined) =>
  new RequestProblem(
    "unsupported_media_type",
    `${type === undefined ? "The body has no Content-Type" : "The body's Content-Type is not accepted"}; send ${accepted.join(" or ")}.`,
    { headers: { accept: accepted.join(", ") } },
  );

export const tooSlow = () =>
  new RequestProblem("request_timeout", "The body did not arrive in time; nothing was done.");
const tooLarge = (limit: number) => new RequestProblem("body_too_large", `The body is larger than ${limit} bytes.`);
