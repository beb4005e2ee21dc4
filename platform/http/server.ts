import type { AddressInfo } from "node:net";
import { type Contract, type Endpoint, isPublic } from "@souk/contract";
import type { Clock } from "@souk/kernel";
import type { LoadShedder } from "@souk/resilience";
import type { Log, Metrics, Tracer } from "@souk/telemetry";
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import type { Verify } from "./access.ts";
import { serveDocument } from "./document.ts";
import { Exchange, type Operation } from "./exchange.ts";
import type { Idempotency } from "./idempotency.ts";
import { malformedUrl } from "./inputs.ts";
import { answerOthers, type Pages } from "./others.ts";
import { createProxyRoute, type Forwarding } from "./proxy.ts";
import { type AnyHandler, createRoute, type RouteDeps, type Serve } from "./route.ts";
import { hardenSocket, httpOptions, keepAliveTimeoutMs, requestTimeoutMs } from "./socket.ts";
import { forwardWithStandIn, standInsOf } from "./stand-in.ts";
import type { Handlers } from "./types.ts";

export type ServerOptions<C extends Contract> = {
  readonly contract: C;
  readonly handlers: Handlers<C>;
  /** Named in `/openapi.json`. */
  readonly service: string;
  readonly version: string;
  readonly verifyUser: Verify;
  readonly verifyService: Verify;
  /** Needed when an endpoint requires an idempotency key. */
  readonly idempotency?: Idempotency;
  readonly shedder?: LoadShedder;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly log: Pick<Log, "info" | "warn" | "error">;
  readonly telemetry?: Pick<Tracer, "begin"> & { readonly metrics: Pick<Metrics, "serverCalls"> };
  /** Other contracts whose public endpoints are passed on to the services that answer them. */
  readonly forwarding?: Forwarding;
  /** Answers reads of addresses that no endpoint has. */
  readonly pages?: Pages;
  /** Whether endpoints for development only are there. */
  readonly development: boolean;
  /** At "debug" every request is a line. Default "info". */
  readonly logLevel?: string;
};

export type HttpServer = {
  /** @param port 0 for any that is free  @throws when it is taken */
  listen(where: { readonly port: number; readonly host: string }): Promise<{ port: number }>;
  /** Takes no more requests, ends event streams, waits for the answers under way. */
  close(): Promise<void>;
  /** For what is no part of the contract (`/livez`, `/metrics`): its routes get the same headers and errors, but no body is read. */
  readonly app: FastifyInstance;
};

/** A server must understand `GET http://host/path` too (RFC 9112 §3.2.2); we trust the host in neither form. */
const originForm = (url: string) => url.replace(/^https?:\/\/[^/?#]*(?=[/?]|$)/i, "").replace(/^(?=\?|$)/, "/");

const bodyMethods = ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY"];

/** A server that answers as its contract says and refuses everything else. Nothing is open unless an endpoint's rule says so. */
export function createServer<C extends Contract>(options: ServerOptions<C>): HttpServer {
  const { contract, handlers, service, clock, newId, log, telemetry, development } = options;
  const deps: RouteDeps = {
    clock,
    newId,
    log,
    logRequests: options.logLevel === "debug",
    begin: telemetry && ((name, about) => telemetry.begin(name, about)),
    verifyUser: options.verifyUser,
    verifyService: options.verifyService,
    idempotency: options.idempotency,
    shedder: options.shedder,
    edge: options.forwarding !== undefined,
    streams: new Set(),
    isClosing: () => closing,
  };
  let closing = false;
  let inProgress = 0;
  const operation = (method: string, route: string): Operation => ({
    name: `${method} ${route}`,
    method,
    route,
    record: telemetry?.metrics.serverCalls(method, route),
  });
  const unmatched = operation("_OTHER", "unmatched"); // OpenTelemetry's word for a method that is none of ours

  let onClientError: ReturnType<typeof hardenSocket> | undefined;
  const app = fastify({
    http: httpOptions,
    keepAliveTimeout: keepAliveTimeoutMs,
    requestTimeout: requestTimeoutMs,
    return503OnClosing: false, // what still arrives is answered, and the connection closed
    clientErrorHandler: (error, socket) => onClientError?.(error, socket),
    routerOptions: {
      maxParamLength: 16_384, // the schema decides
      querystringParser: (raw) => ({ raw }), // parsed strictly, and only where a route has a query
    },
    rewriteUrl: ({ url = "/" }) => (url.startsWith("/") ? url : originForm(url)),
    frameworkErrors: (_error, request, reply) => {
      const problem = malformedUrl("The path has a % that does not begin an encoded UTF-8 character.");
      new Exchange(deps, unmatched, request.raw, reply.raw).sendProblem(problem);
    },
  });
  onClientError = hardenSocket(app.server, deps);
  app.server.on("request", (_request, response) => {
    inProgress++;
    response.once("close", () => {
      inProgress--;
      closeIdle();
    });
  });
  /** Node closes what is idle when `close` is called; not what is new, and not what becomes idle afterwards. */
  const closeIdle = () => {
    if (closing && inProgress === 0) app.server.closeAllConnections();
  };
  // Bodies are read by the route, after it has decided who may send one and how large.
  for (const method of bodyMethods) app.addHttpMethod(method, { hasBody: false, overrideExisting: true });

  const route = (endpoint: Endpoint, serve: Serve) =>
    app.route({
      method: endpoint.method,
      url: endpoint.path,
      handler: ({ raw, params, query }: FastifyRequest, reply: FastifyReply) => {
        // as: see `querystringParser`; the router's parameters are always text
        void serve(raw, reply.raw, params as Record<string, string>, (query as { raw: string }).raw);
      },
    });
  const isServed = ({ spec }: Endpoint) => development || !spec.developmentOnly;

  for (const [name, endpoint] of Object.entries<Endpoint>(contract.endpoints)) {
    const { method, path, spec } = endpoint;
    if (!isServed(endpoint)) continue;
    if (spec.idempotency === "required" && !options.idempotency) {
      throw new Error(`${service}: ${name} requires idempotency keys, but there is nowhere to record them`);
    }
    // as: the compiler has checked each handler against its own endpoint; here they are of many types
    const handler = handlers[name as keyof Handlers<C>] as AnyHandler;
    route(endpoint, createRoute(operation(method, path), endpoint, handler, deps));
  }
  const { forwarding } = options;
  const standIns = standInsOf(forwarding?.contracts ?? []);
  for (const neighbour of forwarding?.contracts ?? []) {
    for (const endpoint of Object.values(neighbour.endpoints)) {
      if (!forwarding || !isPublic(endpoint) || !isServed(endpoint)) continue;
      if (standIns.get(`${endpoint.method} ${endpoint.path}`) === neighbour.name) continue;
      const forward = forwardWithStandIn(forwarding.forward, standIns, endpoint);
      const about = operation(endpoint.method, endpoint.path);
      route(endpoint, createProxyRoute(about, neighbour.name, endpoint, { ...forwarding, forward }, deps));
    }
  }
  serveDocument(app, options, operation("GET", "/openapi.json"), deps);
  answerOthers(app, unmatched, deps, options.pages);

  return {
    app,
    async listen({ port, host }) {
      await app.listen({ port, host });
      // as: it listens on a port, not on a pipe
      return { port: (app.server.address() as AddressInfo).port };
    },
    async close() {
      closing = true;
      for (const end of deps.streams) end();
      const closed = app.close();
      closeIdle();
      await closed;
    },
  };
}
