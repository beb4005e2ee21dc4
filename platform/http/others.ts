import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import {
  Exchange,
  type ExchangeDeps,
  newTraceparent,
  type Operation,
  requestIdOf,
  securityHeaders,
} from "./exchange.ts";
import { assertHead } from "./inputs.ts";
import { RequestProblem } from "./problems.ts";

/** What stands at an address that no endpoint has: a file, a page of an application. */
export type Page = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Undefined for 304. */
  readonly body: Buffer | undefined;
};
/** Undefined when there is nothing. Asked for GET and HEAD only. @param path without the query, as it was sent */
export type Pages = (path: string, headers: IncomingHttpHeaders) => Page | undefined;

const methods = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;

const isRead = ({ method }: IncomingMessage) => method === "GET" || method === "HEAD";
const pathOf = ({ url = "/" }: IncomingMessage): string => url.split("?", 1)[0] ?? "/";

/** What no endpoint of the contract answers: unknown addresses, known ones with another method, and routes added to `app`. */
export function answerOthers(
  app: FastifyInstance,
  unmatched: Operation,
  deps: ExchangeDeps,
  pages: Pages = () => undefined,
): void {
  /** The methods that the path of `req` answers. */
  function allowed(request: IncomingMessage): string[] {
    const path = pathOf(request);
    const found: string[] = methods.filter((method) => app.findRoute({ method, url: path }) !== null);
    return found.includes("GET") ? [...found, "HEAD"] : found;
  }

  app.setNotFoundHandler(({ raw }: FastifyRequest, reply: FastifyReply) => {
    const exchange = new Exchange(deps, unmatched, raw, reply.raw);
    try {
      assertHead(raw);
      const allow = allowed(raw);
      const page = allow.length === 0 && isRead(raw) ? pages(pathOf(raw), raw.headers) : undefined;
      if (page) return void exchange.send(page.status, page.headers, page.body);
      if (allow.length === 0 && raw.url !== "*")
        throw new RequestProblem("route_not_found", "There is nothing at this address.");
      const header = { allow: [...allow, "OPTIONS"].join(", ") };
      if (raw.method !== "OPTIONS")
        throw new RequestProblem("method_not_allowed", `Use ${header.allow}.`, { headers: header });
      exchange.send(204, header, undefined);
    } catch (error) {
      exchange.sendProblem(error);
    }
  });

  app.setErrorHandler((error, { raw }, reply) => {
    new Exchange(deps, unmatched, raw, reply.raw).sendProblem(error);
  });
  // Only for routes added to `app`: an exchange writes its own.
  app.addHook("onSend", ({ raw }, reply, _payload, done) => {
    const { traceparent = newTraceparent(deps.newId) } = raw.headers;
    reply.headers({ "x-request-id": requestIdOf(raw, deps.newId), traceparent, ...securityHeaders });
    if (!reply.hasHeader("cache-control")) reply.header("cache-control", "no-store");
    done();
  });
}
