import type { Access } from "./access.ts";
import { type Endpoint, rulesOf } from "./endpoint.ts";
import type { Contract } from "./index.ts";
import { type PlainSchema, plainSchema } from "./plain-schema.ts";

/** What a contract promises, as plain JSON: kept in the repository per release, and compared with the next. */
export type ContractDocument = {
  readonly name: string;
  /** By `METHOD /path`. */
  readonly endpoints: Readonly<Record<string, EndpointDocument>>;
  /** Schemas of the data, by event type. */
  readonly events: Readonly<Record<string, PlainSchema>>;
};

export type EndpointDocument = {
  readonly access: readonly Access[];
  readonly params?: PlainSchema;
  readonly query?: PlainSchema;
  readonly headers?: PlainSchema;
  readonly body?: PlainSchema;
  readonly bodyOptional?: true;
  readonly bodyLimit?: number;
  readonly upload?: readonly string[];
  /** By status. */
  readonly answers: Readonly<Record<string, PlainSchema>>;
  readonly usualStatus: number;
  readonly stream?: true;
  readonly produces?: string;
  readonly idempotency?: "required" | "natural";
  readonly developmentOnly?: true;
};

export const contractDocument = ({ name, endpoints, events }: Contract): ContractDocument => ({
  name,
  endpoints: Object.fromEntries(
    Object.values(endpoints).map((endpoint) => [`${endpoint.method} ${endpoint.path}`, endpointDocument(endpoint)]),
  ),
  events: Object.fromEntries(Object.values(events).map(({ type, schema }) => [type, plainSchema(schema)])),
});

function endpointDocument(endpoint: Endpoint): EndpointDocument {
  const { params, query, headers, body, bodyLimit, upload, stream, produces, idempotency, developmentOnly, ...spec } =
    endpoint.spec;
  const { status = 200 } = spec;
  return {
    access: rulesOf(endpoint),
    ...(params && { params: plainSchema(params) }),
    ...(query && { query: plainSchema(query) }),
    ...(headers && { headers: plainSchema(headers) }),
    // TypeBox marks optional schemas with a member that is not enumerable.
    ...(body && { body: plainSchema(body), ...("~optional" in body && { bodyOptional: true }) }),
    ...(bodyLimit !== undefined && { bodyLimit }),
    ...(upload && { upload }),
    answers: Object.fromEntries(
      [[status, spec.returns] as const, ...Object.entries(spec.also ?? {})].map(([code, schema]) => [
        code,
        plainSchema(schema),
      ]),
    ),
    usualStatus: status,
    ...(stream && { stream }),
    ...(produces !== undefined && { produces }),
    ...(idempotency && { idempotency }),
    ...(developmentOnly && { developmentOnly }),
  };
}
