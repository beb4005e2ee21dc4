export { Answer, answer, type Handlers, type RequestContext, type RouteRequest } from "./types.ts";
