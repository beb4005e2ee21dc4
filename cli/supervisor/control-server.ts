import { timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { ProcessStatus } from "./supervised.ts";

/** What another `souk` command may ask of a running supervisor: over loopback, with the token that only its owner can read. */
export type Control = { readonly processes: () => readonly ProcessStatus[]; readonly stop: () => void };

export async function serveControl(control: Control, token: string): Promise<{ port: number; close: () => void }> {
  const server = createServer((request, response) => {
    const asked = authorised(request, token) ? `${request.method} ${request.url}` : "without the token";
    if (asked === "GET /processes") answer(response, 200, control.processes());
    else if (asked === "POST /stop") {
      answer(response, 202, {});
      control.stop();
    } else answer(response, asked === "without the token" ? 401 : 404, { message: "refused" });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the control endpoint has no port");
  return {
    port: address.port,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function authorised(request: IncomingMessage, token: string): boolean {
  const given = Buffer.from(request.headers.authorization ?? "");
  const wanted = Buffer.from(`Bearer ${token}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json", connection: "close" }).end(JSON.stringify(body));
}
