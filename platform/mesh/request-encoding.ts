import type { Endpoint } from "@souk/contract";

/** What a call sends, by the parts of a request that the contract knows. */
export type CallInput = {
  readonly params?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
};

/**
 * Compiles `/v1/orders/:orderId` to a function. A parameter is one segment whatever is in it.
 * @throws TypeError when a parameter is missing or empty, which would name another resource
 */
export function pathEncoder(template: string): (input: CallInput) => string {
  const parts = template.split(/:([A-Za-z]\w*)/);
  if (parts.length === 1) return () => template;
  return ({ params = {} }) => {
    let path = "";
    for (const [index, part] of parts.entries()) path += index % 2 === 0 ? part : segment(template, part, params[part]);
    return path;
  };
}

function segment(template: string, name: string, value: unknown): string {
  if (value === undefined || value === null || value === "") throw new TypeError(`${template} needs a ${name}`);
  const text = encodeURIComponent(String(value));
  // Proxies take these two for steps up the path, and would do so percent-encoded too: nothing may be called that.
  if (text === "." || text === "..") throw new TypeError(`${template} cannot have "${text}" as ${name}`);
  return text;
}

/** `?a=1&b=2&b=3`, or nothing. Absent members are left out, arrays repeat the name. */
export function encodeQuery(query: CallInput["query"]): string {
  if (query === undefined) return "";
  let text = "";
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue;
    for (const one of Array.isArray(value) ? value : [value])
      text += `${text === "" ? "?" : "&"}${encodeURIComponent(name)}=${encodeURIComponent(String(one))}`;
  }
  return text;
}

/** Whether the answer can be parsed here: server-sent events and uploads are for `forward`. */
export const isCallable = ({ spec }: Endpoint): boolean => !spec.stream && !spec.upload;

/** Safe to repeat without a key: it changes nothing (RFC 9110 §9.2.1), or names what it acts on. */
export const isRepeatable = ({ method, spec }: Endpoint): boolean => method === "GET" || spec.idempotency === "natural";
