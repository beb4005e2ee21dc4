import type { IncomingMessage, Server, ServerOptions, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { type Clock, instant } from "@souk/kernel";
import { newTraceparent } from "./exchange.ts";
import { problemOf, RequestProblem } from "./problems.ts";

/**
 * Time and size limits of connections. A connection is kept longer than any client of ours or load balancer keeps it (60 s), so
 * that it is never closed under a request on its way. Bodies are bounded by each route's deadline, uploads by how long they
 * pause (`streamBody`): a total would cut off whoever sends a large file over a slow line.
 */
export const httpOptions: ServerOptions = {
  maxHeaderSize: 24 * 1024, // 8 KiB of URL and 16 of headers
  headersTimeout: 10_000,
  connectionsCheckingInterval: 5_000,
  keepAliveTimeoutBuffer: 1_000,
  requireHostHeader: false, // we check it ourselves: Node would answer without a body
  // Most calls have no body: saves the machinery of an empty stream.
  optimizeEmptyRequests: true,
};
export const keepAliveTimeoutMs = 72_000;
export const requestTimeoutMs = 0;
const maxConnections = 4_096;

type ParserError = { readonly code?: unknown; readonly rawPacket?: unknown };
type Deps = { readonly clock: Clock; readonly newId: () => string };

/** Whatever a peer sends that never becomes a request: answered with a problem too, and the connection closed. */
export function hardenSocket(server: Server, { clock, newId }: Deps) {
  server.maxConnections = maxConnections;

  const refuse = (socket: Duplex, problem: RequestProblem) => {
    if (!socket.writable) return void socket.destroy();
    const requestId = newId();
    const { http, document } = problemOf(problem, { requestId, instance: "", timestamp: instant(clock.now()) });
    const head = [
      `HTTP/1.1 ${http} ${problem.code}`,
      "content-type: application/problem+json; charset=utf-8",
      `content-length: ${Buffer.byteLength(document)}`,
      `x-request-id: ${requestId}`,
      `traceparent: ${newTraceparent(newId)}`,
      ...Object.entries(problem.headers).map(([name, value]) => `${name}: ${value}`),
      "connection: close",
    ];
    socket.end(`${head.join("\r\n")}\r\n\r\n${document}`, () => socket.destroy());
  };

  // Someone who asks whether to send a body is told when it is wanted: see `invite` in body.ts.
  server.on("checkContinue", (req: IncomingMessage, res: ServerResponse) => server.emit("request", req, res));
  server.on("checkExpectation", ({ socket }: IncomingMessage) =>
    refuse(socket, new RequestProblem("expectation_failed", "Only `Expect: 100-continue` is understood.")),
  );
  server.on("connect", (_req: IncomingMessage, socket: Duplex) =>
    refuse(
      socket,
      new RequestProblem("method_not_allowed", "This is not a proxy.", { headers: { allow: "GET, HEAD, OPTIONS" } }),
    ),
  );

  return (error: ParserError, socket: Duplex) => {
    if (error.code === "ECONNRESET" || socket.destroyed) return void socket.destroy();
    // An answer that has begun cannot be taken back; cutting it off is the only way to say that something was wrong.
    if (answering(socket)) return void socket.destroy();
    refuse(socket, problemOfParser(error));
  };
}

/** Node keeps the answer in progress on its socket; the documentation of `clientError` asks to look at it. */
const answering = (socket: Duplex): boolean => {
  const { _httpMessage: answer } = socket as Duplex & { _httpMessage?: ServerResponse };
  return answer?.headersSent === true;
};

function problemOfParser({ code, rawPacket }: ParserError): RequestProblem {
  switch (code) {
    case "HPE_HEADER_OVERFLOW":
      return isLongUrl(rawPacket)
        ? new RequestProblem("url_too_long", "The URL is longer than 8192 bytes.")
        : new RequestProblem("headers_too_large", "The headers are larger than 16 KiB.");
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return new RequestProblem("request_timeout", "The request did not arrive in time.");
    case "HPE_CHUNK_EXTENSIONS_OVERFLOW":
      return new RequestProblem("body_too_large", "The chunk extensions are too large.");
    default:
      return new RequestProblem("malformed_request", "This is not a valid HTTP/1.1 request.");
  }
}

/** Whether the packet in which the head grew too large begins with a request line that does not end within 8 KiB. */
const isLongUrl = (packet: unknown): boolean =>
  packet instanceof Buffer &&
  /^[A-Z]+ /.test(packet.toString("latin1", 0, 16)) &&
  !packet.subarray(0, 8 * 1024).includes(10);
