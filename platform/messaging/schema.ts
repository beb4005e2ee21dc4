import type { EventType, TSchema } from "@souk/contract";
import { validator } from "@souk/contract/validation";

/** @returns what does not fit, naming members but never their values; undefined when everything does */
type Check = (data: unknown) => string | undefined;

/**
 * `as published`: exactly the schema. `as received`: tolerant, since a publisher of a newer release may have added optional
 * members of which this release knows nothing.
 */
export function createChecks(reading: "as published" | "as received"): (event: EventType) => Check {
  const compiled = new Map<EventType, Check>();
  return (event) => {
    const known = compiled.get(event);
    if (known) return known;
    const validate = validator(reading === "as published" ? event.schema : opened(event.schema));
    const check: Check = (data) => {
      const errors = validate(data);
      if (errors.length === 0) return undefined;
      return errors.map(({ field, message }) => `${field || "data"} ${message}`).join(", ");
    };
    compiled.set(event, check);
    return check;
  };
}

/** The schema without `additionalProperties: false`, at any depth. */
const opened = (schema: TSchema): TSchema =>
  JSON.parse(JSON.stringify(schema), (name, value) =>
    name === "additionalProperties" && value === false ? undefined : value,
  );
