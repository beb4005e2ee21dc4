export { identityHeader, type Verify } from "./access.ts";
export { etagOf } from "./etag.ts";
export { createIdempotency, type Idempotency, migrations } from "./idempotency.ts";
export { type IdempotencyStore, idempotencyStore } from "./idempotency-store.ts";
export type { Page, Pages } from "./others.ts";
export { page } from "./page.ts";
export { pagePolicy } from "./page-policy.ts";
export { httpStatus, RequestProblem, requestProblems, withHeaders } from "./problems.ts";
export type { BrowserSession, Forward, Forwarding, Guard } from "./proxy.ts";
export { type Serialise, serialiser } from "./serialise.ts";
export { createServer, type HttpServer, type ServerOptions } from "./server.ts";
export {
  Answer,
  type AnswerHeaders,
  answer,
  type Handlers,
  type RequestContext,
  type RouteRequest,
  Written,
} from "./types.ts";
