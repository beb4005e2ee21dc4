import { connect } from "node:net";
import { after } from "node:test";
import type { Contract, Principal } from "@souk/contract";
import { ServiceError, systemClock } from "@souk/kernel";
import { sequentialIds } from "@souk/testing";
import { Agent, request } from "undici";
import { createServer, type HttpServer, type ServerOptions } from "./server.ts";

export type Reply = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of many shapes
  readonly json: any;
};

type Line = { readonly message: string; readonly fields: Readonly<Record<string, unknown>> | undefined };

/** Tokens of the test servers: `user~id~role.role`, `client~id~role`, `service~name`; `broken` cannot be checked, all others are invalid. */
async function verify(token: string): Promise<Principal> {
  const [kind, id = "", roles = ""] = token.split("~");
  if (kind === "broken") throw new Error("the key server does not answer");
  if (kind === "user") return { kind, id, roles: roles.split(".").filter(Boolean), sessionId: "s" };
  if (kind === "client") return { kind, id, roles: roles.split(".").filter(Boolean) };
  if (kind === "service") return { kind, id };
  throw new ServiceError("test.token_expired", "unauthenticated", "The token has expired.");
}

/** A listening server of `contract` that closes with the test file, and ways to talk to it. */
export async function testServer<C extends Contract>(
  contract: C,
  handlers: ServerOptions<C>["handlers"],
  { prepare, ...more }: Partial<ServerOptions<C>> & { readonly prepare?: (server: HttpServer) => void } = {},
) {
  const lines: Line[] = [];
  const note = (message: string, fields?: Line["fields"]) => void lines.push({ message, fields });
  const server = createServer<C>({
    contract,
    handlers,
    service: contract.name,
    version: "1.2.3",
    verifyUser: verify,
    verifyService: verify,
    clock: systemClock,
    newId: sequentialIds(),
    log: { info: note, warn: note, error: note },
    development: true,
    ...more,
  });
  prepare?.(server);
  const { port } = await server.listen({ port: 0, host: "127.0.0.1" });
  const dispatcher = new Agent({ connections: 50, pipelining: 1 });
  let closed: Promise<void> | undefined;
  const close = () => {
    closed ??= Promise.all([server.close(), dispatcher.destroy()]).then(() => {});
    return closed;
  };
  after(close);

  type Init = { headers?: Record<string, string>; body?: string | Buffer | object; token?: string; identity?: string };
  async function call(line: string, { headers, body, token, identity }: Init = {}): Promise<Reply> {
    const [method = "GET", path = "/"] = line.split(" ");
    const isJson = body !== undefined && typeof body !== "string" && !Buffer.isBuffer(body);
    const {
      statusCode,
      headers: answered,
      body: stream,
    } = await request(`http://127.0.0.1:${port}${path}`, {
      // as: undici's type lists the methods it knows; we also send others
      method: method as "GET",
      dispatcher,
      headers: {
        ...(isJson && { "content-type": "application/json" }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(identity !== undefined && { "x-souk-identity": identity }),
        ...headers,
      },
      ...(body !== undefined && { body: isJson ? JSON.stringify(body) : (body as string | Buffer) }),
    });
    const text = await stream.text();
    const json = String(answered["content-type"]).includes("json") && text !== "" ? JSON.parse(text) : undefined;
    return { status: statusCode, headers: answered, text, json };
  }

  return {
    ...server,
    closeServer: server.close,
    close,
    port,
    lines,
    dispatcher,
    origin: `http://127.0.0.1:${port}`,
    call,
    raw: (text: string | Buffer) => raw(port, text),
  };
}

/** Sends bytes as they are and reads until the server closes, or has sent a whole answer of known length. */
export function raw(port: number, bytes: string | Buffer): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(bytes));
    let text = "";
    const done = () => {
      socket.destroy();
      resolve(parse(text));
    };
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      const head = text.indexOf("\r\n\r\n");
      const length = /content-length: (\d+)/i.exec(text.slice(0, head))?.[1];
      if (head !== -1 && length !== undefined && text.length - head - 4 >= Number(length)) done();
    });
    socket.on("end", done);
    socket.on("error", (error: NodeJS.ErrnoException) => (text === "" ? reject(error) : done()));
  });
}

function parse(text: string): Reply {
  const split = text.indexOf("\r\n\r\n");
  const [line = "", ...rest] = text.slice(0, Math.max(0, split)).split("\r\n");
  const headers = Object.fromEntries(
    rest.map((header) => [
      header.slice(0, header.indexOf(":")).toLowerCase(),
      header.slice(header.indexOf(":") + 1).trim(),
    ]),
  );
  const body = text.slice(split + 4);
  const json = headers["content-type"]?.includes("json") ? JSON.parse(body) : undefined;
  return { status: Number(line.split(" ")[1] ?? 0), headers, text: body, json };
}
