import type { EventType, TSchema } from "@souk/contract";
import { validator } from "@souk/contract/validation";

/** @returns what does not fit, naming members but never their values; undefined when everything does */
type Check = (data: unknown) => string | undefined;

/** One for each way of reading; event types are constants. */
const compiled = {
  "as published": new WeakMap<EventType, Check>(),
  "as received": new WeakMap<EventType, Check>(),
};

/**
 * `as published`: exactly the schema. `as received`: tolerant, since a publisher of a newer release may have added optional
 * members of which this release knows nothing.
 */
export function createChecks(reading: "as published" | "as received"): (event: EventType) => Check {
  const checks = compiled[reading];
  return (event) => {
    const known = checks.get(event);
    if (known) return known;
    const validate = validator(reading === "as published" ? event.schema : opened(event.schema));
    const check: Check = (data) => {
      const errors = validate(data);
      if (errors.length === 0) return undefined;
      return errors.map(({ field, message }) => `${field || "data"} ${message}`).join(", ");
    };
    checks.set(event, check);
    return check;
  };
}

/** The schema without `additionalProperties: false`, at any depth. */
const opened = (schema: TSchema): TSchema =>
  JSON.parse(JSON.stringify(schema), (name, value) =>
    name === "additionalProperties" && value === false ? undefined : value,
  );
