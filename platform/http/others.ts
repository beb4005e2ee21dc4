import type { IncomingMessage } from "node:http";
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

const methods = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;

/** What no endpoint of the contract answers: unknown addresses, known ones with another method, and routes added to `app`. */
export function answerOthers(app: FastifyInstance, unmatched: Operation, deps: ExchangeDeps): void {
  /** The methods that the path of `req` answers. */
  function allowed({ url = "/" }: IncomingMessage): string[] {
    const [path = "/"] = url.split("?", 1);
    const found: string[] = methods.filter((method) => app.findRoute({ method, url: path }) !== null);
    return found.includes("GET") ? [...found, "HEAD"] : found;
  }

  app.setNotFoundHandler(({ raw }: FastifyRequest, reply: FastifyReply) => {
    const exchange = new Exchange(deps, unmatched, raw, reply.raw);
    try {
      assertHead(raw);
      const allow = allowed(raw);
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
