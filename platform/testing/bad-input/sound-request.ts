import { type Draw, drawFor } from "./draw.ts";
import type { Operation, Parameter } from "./operations.ts";
import type { Request } from "./request.ts";
import { validValue } from "./valid-value.ts";

/** Values to use instead of drawn ones, by the parameter's name: ids of things that exist. */
export type Given = Readonly<Record<string, string>>;

/** The `n`th request to an operation that the document allows: it may be refused for what it asks, not for how. */
export const validRequest = (operation: Operation, seed: number, n: number, given: Given = {}): Request => {
  const draw = drawFor(`${seed} valid ${operation.id} ${n}`);
  return soundRequest(operation, draw, `${operation.id}+${n}`, given);
};

export function soundRequest(operation: Operation, draw: Draw, name: string, given: Given = {}): Request {
  const { method, json, upload, headers, needsKey } = operation;
  const query = parametersOf(operation.query, draw, given)
    .flatMap(([key, value]) =>
      [value].flat().map((one) => `${encodeURIComponent(key)}=${encodeURIComponent(String(one))}`),
    )
    .join("&");
  const path = pathFor(operation, draw, given);
  const type = json ? "application/json" : upload && draw.one(upload);
  const body =
    json && (json.required || draw.sometimes(0.7))
      ? Buffer.from(JSON.stringify(validValue(json.schema, draw)))
      : undefined;
  return {
    name,
    what: "nothing",
    method,
    target: query === "" ? path : `${path}?${query}`,
    headers: [
      ...(type !== undefined && (body || upload) ? [["content-type", type] as const] : []),
      ...(needsKey ? [["idempotency-key", keyFor(draw)] as const] : []),
      ...parametersOf(headers, draw, given)
        .map(([key, value]) => [key, String(value)] as const)
        .filter(([, value]) => /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(value)),
    ],
    body: body ?? (upload && Buffer.from("{}")),
    operation,
  };
}

export const keyFor = (draw: Draw): string => `key-${Array.from({ length: 24 }, () => draw.integer(0, 9)).join("")}`;

/** The path with its parameters filled in. @param raw as they stand in the path, already encoded; others are drawn */
export const pathFor = ({ path, params }: Operation, draw: Draw, raw: Given = {}): string =>
  params.reduce((filled, { name, schema }) => {
    const value = raw[name] ?? encodeURIComponent(String(validValue(schema, draw)).toWellFormed());
    // "." and ".." are steps up the path to whoever normalises it: nothing can be called that.
    return filled.replace(`{${name}}`, () => (/^\.{0,2}$/.test(value) && raw[name] === undefined ? "x" : value));
  }, path);

const parametersOf = (parameters: readonly Parameter[], draw: Draw, given: Given): [string, unknown][] =>
  parameters.flatMap(({ name, required, schema }): [string, unknown][] => {
    if (given[name] !== undefined) return [[name, given[name]]];
    return required || draw.sometimes(0.5) ? [[name, validValue(schema, draw)]] : [];
  });
