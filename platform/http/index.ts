export { identityHeader, type Verify } from "./access.ts";
export { createIdempotency, type Idempotency, migrations } from "./idempotency.ts";
export { type IdempotencyStore, idempotencyStore } from "./idempotency-store.ts";
export { page } from "./page.ts";
export { httpStatus, RequestProblem, requestProblems } from "./problems.ts";
export type { Forward, Forwarding, Guard } from "./proxy.ts";
export { createServer, type HttpServer, type ServerOptions } from "./server.ts";
export { Answer, answer, type Handlers, type RequestContext, type RouteRequest } from "./types.ts";
