import type { Contract } from "@souk/contract";
import { openapi } from "@souk/contract/openapi";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { etagOf, isFresh } from "./etag.ts";
import { Exchange, type ExchangeDeps, type Operation } from "./exchange.ts";

type Described = {
  readonly contract: Contract;
  readonly service: string;
  readonly version: string;
  readonly development: boolean;
};

/** `GET /openapi.json`, unless the contract has its own or there is nothing to describe. Made when somebody first asks. */
export function serveDocument(
  app: FastifyInstance,
  described: Described,
  operation: Operation,
  deps: ExchangeDeps,
): void {
  const { contract, service, version, development } = described;
  const endpoints = Object.values(contract.endpoints);
  if (endpoints.length === 0 || endpoints.some(({ path }) => path === "/openapi.json")) return;
  let made: { body: string; etag: string } | undefined;
  const document = () => {
    const body = JSON.stringify(openapi(contract, { title: service, version, development }));
    return { body, etag: etagOf(body) };
  };
  app.get("/openapi.json", (request: FastifyRequest, reply: FastifyReply) => {
    made ??= document();
    const { body, etag } = made;
    const exchange = new Exchange(deps, operation, request.raw, reply.raw);
    const headers = { etag, "cache-control": "no-cache" };
    if (isFresh(request.headers["if-none-match"], etag)) exchange.send(304, headers, undefined);
    else exchange.send(200, { ...headers, "content-type": "application/json; charset=utf-8" }, body);
  });
}
