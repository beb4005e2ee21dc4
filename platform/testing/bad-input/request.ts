import type { Operation } from "./operations.ts";

/** One request as it goes over the wire, still without what only a run knows. */
export type Request = {
  /** `orders.checkout#17`: with the seed, its name for ever. */
  readonly name: string;
  /** What is special about it. */
  readonly what: string;
  readonly method: string;
  /** Path and query as they are sent; `latin1`, so that any byte can stand in it. */
  readonly target: string;
  /** Names and values as they are sent, in their order. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer | undefined;
  readonly operation: Operation;
};

/** @param own headers that only this run can have: `authorization`, an identity; left out where the request has its own */
export function bytesOf(
  { method, target, headers, body }: Request,
  own: Readonly<Record<string, string>> = {},
): Buffer {
  const names = new Set(headers.map(([name]) => name.toLowerCase()));
  const all = [
    ...(names.has("host") ? [] : [["host", "shop.test"] as const]),
    ...Object.entries(own).filter(([name]) => !names.has(name)),
    ...headers,
    ...(body && !names.has("content-length") ? [["content-length", String(body.length)] as const] : []),
  ];
  const head = `${method} ${target} HTTP/1.1\r\n${all.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`;
  const bytes = Buffer.from(head, "latin1");
  return body ? Buffer.concat([bytes, body]) : bytes;
}

const shownBytes = 2_000;

/** A line for a shell that sends it again. Long ones are cut: their name and the seed bring back the whole. */
export function shellLine(bytes: Buffer, address: string): string {
  const { hostname, port } = new URL(address);
  const shown = bytes.subarray(0, shownBytes);
  const escaped = [...shown]
    .map((byte) =>
      byte >= 0x20 && byte < 0x7f && !"'\\%".includes(String.fromCharCode(byte))
        ? String.fromCharCode(byte)
        : `\\${byte.toString(8).padStart(3, "0")}`,
    )
    .join("");
  const cut = bytes.length > shownBytes ? ` # … and ${bytes.length - shownBytes} bytes more` : "";
  return `printf '${escaped}' | nc -q 2 ${hostname} ${port}${cut}`;
}
