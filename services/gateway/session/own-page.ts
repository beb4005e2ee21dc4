import type { IncomingHttpHeaders } from "node:http";

/**
 * Whether a page of this very origin sent the request: what cookies are worth anything for. Browsers say so themselves in a header that
 * no page can set (Fetch Metadata); older ones name at least the origin of whatever writes.
 * @param origin where the shop is reached from outside
 */
export function isFromOwnPage(headers: IncomingHttpHeaders, method: string, origin: string): boolean {
  const site = headers["sec-fetch-site"];
  if (site !== undefined) return site === "same-origin";
  if (headers.origin !== undefined) return headers.origin === origin;
  return method === "GET" || method === "HEAD";
}
