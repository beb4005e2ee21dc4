import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";

export type Received = { readonly request: IncomingMessage; readonly body: string };
type Respond = (response: ServerResponse, received: Received) => void;

/** A neighbour's process, for tests: a real server on a port of its own that notes what it was asked. */
export type TestServer = {
  readonly url: string;
  readonly received: Received[];
  /** Resolves with the next request that comes, read whole. */
  readonly next: () => Promise<Received>;
  respond: Respond;
  /** Ends as a killed process does: every connection is reset, nothing listens any more. */
  readonly kill: () => Promise<void>;
};

export function json(
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: Record<string, string> = {},
): void {
  const body = Buffer.from(JSON.stringify(value));
  const type = status < 400 ? "application/json" : "application/problem+json";
  response.writeHead(status, { "content-type": type, "content-length": body.length, ...headers }).end(body);
}

/** An answer that never comes. */
export const hang: Respond = () => {};
export const reset: Respond = (response) => void response.socket?.resetAndDestroy();
export const problem =
  (status: number, error: object, headers: Record<string, string> = {}): Respond =>
  (response) =>
    json(response, status, { title: "t", status, error }, headers);

export async function testServer(t: TestContext, respond: Respond): Promise<TestServer> {
  const received: Received[] = [];
  const waiting: ((received: Received) => void)[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("error", () => {}); // a caller that hangs up
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const one = { request, body: Buffer.concat(chunks).toString() };
      received.push(one);
      self.respond(response, one);
      for (const tell of waiting.splice(0)) tell(one);
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const kill = async () => {
    if (!server.listening) return;
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
  };
  const self: TestServer = {
    url: `http://127.0.0.1:${port}`,
    received,
    respond,
    next: () => new Promise((resolve) => waiting.push(resolve)),
    kill,
  };
  t.after(kill);
  return self;
}
