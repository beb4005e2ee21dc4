import { type Context, currentContext } from "./context.ts";
import { parseTraceparent } from "./traceparent.ts";

export const TRACEPARENT_HEADER = "traceparent";
export const CORRELATION_HEADER = "x-correlation-id";

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

// What may stand in a log line and a header unescaped; anything else is somebody's mischief.
const correlation = /^[A-Za-z0-9._:-]{1,128}$/;

const single = (value: string | readonly string[] | undefined): string | undefined =>
  typeof value === "string" ? value : undefined;

/** Writes the trace and correlation of the work in progress into `headers`, and returns them. */
export function inject(headers: Record<string, string>, { traceparent, correlationId }: Context = currentContext()) {
  if (traceparent !== undefined) headers[TRACEPARENT_HEADER] = traceparent;
  if (correlationId !== undefined) headers[CORRELATION_HEADER] = correlationId;
  return headers;
}

/** What a caller said about trace and correlation; malformed values are as good as none. Names are lower-case. */
export function extract(headers: Headers): Pick<Context, "traceparent" | "correlationId"> {
  const traceparent = parseTraceparent(single(headers[TRACEPARENT_HEADER]));
  const correlationId = single(headers[CORRELATION_HEADER]);
  return {
    ...(traceparent !== undefined && { traceparent }),
    ...(correlationId !== undefined && correlation.test(correlationId) && { correlationId }),
  };
}
