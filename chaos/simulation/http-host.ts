import { EventEmitter } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Contract, Endpoint } from "@souk/contract";
import { type AnyHandler, createRoute, type RouteDeps, type Serve } from "../../platform/http/route.ts";
import type { Process } from "../../platform/testing/simulation/process.ts";
import type { Host, WireAnswer, WireRequest } from "./network.ts";

/** The production code of an endpoint (`createRoute`) behind the simulated network: what Fastify and sockets would do is done here. */
export function httpHost(
  process: Process,
  { endpoints }: Contract,
  handlers: Readonly<Record<string, unknown>>,
  deps: RouteDeps,
): Host {
  const routes = Object.entries<Endpoint>(endpoints).map(([name, endpoint]) => {
    let serve: Serve | undefined;
    return {
      match: matcher(endpoint),
      // Most are never called in a run.
      serve: () =>
        (serve ??= createRoute(
          {
            name: `${endpoint.method} ${endpoint.path}`,
            method: endpoint.method,
            route: endpoint.path,
            record: undefined,
          },
          endpoint,
          handlers[name] as AnyHandler, // as: the compiler has checked each handler against its own endpoint
          deps,
        )),
    };
  });

  return {
    process,
    serve(request, hungUp) {
      const [path = "", query = ""] = request.path.split("?");
      for (const route of routes) {
        const params = route.match(request.method, path);
        if (params) return answerOf(request, hungUp, (req, res) => route.serve()(req, res, params, query));
      }
      throw new Error(`nothing answers ${request.method} ${request.path}`);
    },
  };
}

type Match = (method: string, path: string) => Record<string, string> | undefined;
const matchers = new WeakMap<Endpoint, Match>();

function matcher(endpoint: Endpoint): Match {
  const known = matchers.get(endpoint);
  if (known) return known;
  const names: string[] = [];
  const pattern = endpoint.path.replace(/:(\w+)/g, (_, name: string) => {
    names.push(name);
    return "([^/]+)";
  });
  const regex = new RegExp(`^${pattern}$`);
  const match: Match = (method, path) => {
    if (method !== endpoint.method) return undefined;
    const found = regex.exec(path);
    return found
      ? Object.fromEntries(names.map((name, i) => [name, decodeURIComponent(found[i + 1] ?? "")]))
      : undefined;
  };
  matchers.set(endpoint, match);
  return match;
}

/** As much of a request and its answer as `createRoute` uses. */
function answerOf(
  { method, path, headers: raw, body }: WireRequest,
  hungUp: (listener: () => void) => void,
  serve: (req: IncomingMessage, res: ServerResponse) => Promise<void>,
): Promise<WireAnswer | undefined> {
  const headers: Record<string, string> = { host: "simulated", "content-length": String(Buffer.byteLength(body)) };
  for (let i = 0; i < raw.length; i += 2) headers[(raw[i] ?? "").toLowerCase()] = raw[i + 1] ?? "";
  return new Promise((resolve) => {
    const res = new SimulatedResponse(resolve);
    const req = Object.assign(new SimulatedRequest(body), {
      method,
      url: path,
      headers,
      rawHeaders: Object.entries(headers).flat(),
    });
    hungUp(() => res.hangUp());
    // as: what the route uses of them is there
    void serve(req as unknown as IncomingMessage, res as unknown as ServerResponse);
  });
}

/** Its body has arrived with the head, and flows as soon as somebody listens. */
class SimulatedRequest extends EventEmitter {
  readonly httpVersionMinor = 1;
  readonly complete = true;
  readonly socket = { remoteAddress: "127.0.0.1", destroy() {} };
  #body: string | undefined;

  constructor(body: string) {
    super();
    this.#body = body;
  }

  override on(event: string, listener: (...args: unknown[]) => void): this {
    super.on(event, listener);
    const body = this.#body;
    if (event !== "end" || body === undefined) return this;
    this.#body = undefined;
    queueMicrotask(() => {
      if (body !== "") this.emit("data", Buffer.from(body));
      this.emit("end");
    });
    return this;
  }

  resume(): this {
    return this;
  }
}

class SimulatedResponse extends EventEmitter {
  headersSent = false;
  destroyed = false;
  writableFinished = false;
  #status = 0;
  #headers: Readonly<Record<string, string>> = {};
  readonly #answer: (answer: WireAnswer | undefined) => void;

  constructor(answer: (answer: WireAnswer | undefined) => void) {
    super();
    this.#answer = answer;
  }

  writeHead(status: number, headers: Readonly<Record<string, string>>): this {
    this.headersSent = true;
    this.#status = status;
    this.#headers = headers;
    return this;
  }

  end(body?: string | Buffer): this {
    if (this.destroyed) return this;
    this.writableFinished = true;
    this.destroyed = true;
    this.#answer({ status: this.#status, headers: this.#headers, body: Buffer.from(body ?? "") });
    queueMicrotask(() => this.emit("close"));
    return this;
  }

  /** The caller has broken off. */
  hangUp(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.#answer(undefined);
    this.emit("close");
  }
}
