import type { IncomingMessage, ServerResponse } from "node:http";
import { type TSchema, Type } from "@souk/contract";
import { type FieldError, type Validate, validator } from "@souk/contract/validation";
import { assertJson, hasBody, readBody } from "./body.ts";
import { parseJson } from "./json.ts";
import { RequestProblem } from "./problems.ts";

/** Reads, parses and checks a JSON body. */
export function bodyReader(schema: TSchema, limit: number) {
  const check: Validate = validator(schema);
  const absent = Type.IsOptional(schema) ? undefined : check({}).length === 0 ? {} : null;
  return async (
    req: IncomingMessage,
    res: ServerResponse,
  ): Promise<{ value: unknown; errors: readonly FieldError[] }> => {
    if (!hasBody(req)) {
      // Where everything in it may be left out, so may the body itself.
      if (absent === null) throw new RequestProblem("body_missing", "This needs a JSON body.");
      return { value: absent, errors: [] };
    }
    assertJson(req);
    const bytes = await readBody(req, res, limit);
    if (bytes.length === 0) throw new RequestProblem("body_missing", "This needs a JSON body.");
    const value = parseJson(bytes);
    return { value, errors: check(value) };
  };
}
