import { createHash } from "node:crypto";
import type { Principal } from "@souk/contract";

/** What a request means, apart from who sends it and how the network carried it. */
export type Meaning = {
  readonly method: string;
  /** The template: `/v1/orders/:id/cancel`. */
  readonly route: string;
  readonly params: unknown;
  readonly query: unknown;
  /** The headers the endpoint declares. */
  readonly headers: object | undefined;
  readonly body: unknown;
};

/** SHA-256 of the canonical request. `prefer` is left out: it says how to answer, not what to do (RFC 7240). */
export function fingerprintOf({ method, route, params, query, headers, body }: Meaning): Uint8Array {
  const { prefer: _, ...meant }: { prefer?: unknown } = headers ?? {};
  return createHash("sha256")
    .update(canonicalJson([method, route, params, query, meant, body]))
    .digest();
}

/**
 * Names a key of one caller for one operation, as a UUID. A caller who is not signed in is known by what they hold: the
 * unguessable ids in the path. So two strangers who choose the same key do not meet.
 */
export function keyId(principal: Principal, { method, route, params }: Meaning, key: string): string {
  const caller = principal.kind === "anonymous" ? [principal.kind, params] : [principal.kind, principal.id];
  const hex = createHash("sha256")
    .update(canonicalJson([caller, method, route, key]))
    .digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}

/** JSON with the members of every object in one order, and no white space: equal values, equal text. */
export function canonicalJson(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join()}]`;
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`);
  return `{${members.join()}}`;
}
