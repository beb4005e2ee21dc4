export { identityHeader, type Verifiers, type Verify } from "./access.ts";
export { createIdempotency, type Idempotency, type KeyedRequest, migrations, RecordedRefusal } from "./idempotency.ts";
export { type IdempotencyStore, idempotencyStore, type RecordedKey } from "./idempotency-store.ts";
export { type PageOf, page } from "./page.ts";
export { httpStatus, type Occurrence, type Problem, problemOf, RequestProblem, requestProblems } from "./problems.ts";
export type { Forward, Forwarding, Guard } from "./proxy.ts";
export { createServer, type HttpServer, type ServerOptions } from "./server.ts";
export { Answer, answer, type Handlers, type RequestContext, type RouteRequest } from "./types.ts";
