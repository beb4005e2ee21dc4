import type { Endpoint } from "@souk/contract";
import { etagOf, isFresh } from "./etag.ts";
import type { Exchange } from "./exchange.ts";
import { type Serialise, serialiser } from "./serialise.ts";
import { Answer, Written } from "./types.ts";

/** Text or bytes. */
const asItIs = (body: unknown): string | Buffer =>
  body instanceof Uint8Array ? Buffer.from(body.buffer, body.byteOffset, body.byteLength) : String(body);

/** Turns what a route returned into an answer. */
export function renderer({ spec, method, path }: Endpoint) {
  const usual = spec.status ?? 200;
  const plain = spec.produces !== undefined;
  const json: Record<number, Serialise> = {};
  if (!plain) {
    json[usual] = serialiser(spec.returns);
    for (const [status, schema] of Object.entries(spec.also ?? {})) json[Number(status)] = serialiser(schema);
  }
  const contentType = spec.produces ?? "application/json; charset=utf-8";
  const tagged = method === "GET" && !spec.stream && !path.startsWith("/internal/");

  const render = (exchange: Exchange, result: unknown, more: Readonly<Record<string, string>>): void => {
    const { status, body, headers } =
      result instanceof Answer ? result : { status: usual, body: result, headers: undefined };
    if (status === 204) {
      exchange.send(status, { ...headers, ...more }, undefined);
      return;
    }
    const serialise = plain ? (status === usual || spec.also?.[status] ? asItIs : undefined) : json[status];
    if (!serialise) throw new Error(`the contract does not declare the status ${status} for ${method} ${path}`);
    const text = body instanceof Written ? body.json : serialise(body);
    const all: Record<string, string | string[]> = { "content-type": contentType, ...headers, ...more };
    if (tagged && status === 200) {
      const known = body instanceof Written ? body.etag : undefined;
      const etag = known ?? headers?.["etag"]?.toString() ?? etagOf(text);
      all["etag"] = etag;
      all["cache-control"] ??= "private, no-cache"; // keep it, but ask whether it still holds
      if (isFresh(exchange.req.headers["if-none-match"], etag)) {
        const { "content-type": _, ...rest } = all;
        exchange.send(304, rest, undefined);
        return;
      }
    }
    exchange.send(status, all, text);
  };
  return Object.assign(render, { json: json[usual] ?? JSON.stringify });
}
