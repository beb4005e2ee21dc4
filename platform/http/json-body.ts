import type { IncomingMessage, ServerResponse } from "node:http";
import { type TSchema, Type } from "@souk/contract";
import { type FieldError, type Validate, validator } from "@souk/contract/validation";
import { assertJson, hasBody, readBody } from "./body.ts";
import { parseJson } from "./json.ts";
import { RequestProblem } from "./problems.ts";

/** Reads, parses and checks a JSON body. */
export function bodyReader(schema: TSchema, limit: number) {
  const check: Validate = validator(schema);
  const mayBeAbsent = Type.IsOptional(schema);
  /** A body whose members may all be left out is still a body: `{}` says so, nothing may be an accident. */
  const absent = () => {
    if (!mayBeAbsent) throw new RequestProblem("body_missing", "This needs a JSON body.");
    return { value: undefined, errors: [] };
  };
  return async (
    req: IncomingMessage,
    res: ServerResponse,
  ): Promise<{ value: unknown; errors: readonly FieldError[] }> => {
    if (!hasBody(req)) return absent();
    assertJson(req);
    const bytes = await readBody(req, res, limit);
    if (bytes.length === 0) return absent();
    const value = parseJson(bytes);
    return { value, errors: check(value) };
  };
}
