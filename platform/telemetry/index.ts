export { type Context, currentContext, withContext } from "./context.ts";
