import { dataText } from "./message.ts";
import type { Message } from "./types.ts";

/** What stands on the wire is no CloudEvent that Souk could have published. The message names the attribute, never its value. */
export class InvalidCloudEvent extends Error {
  override readonly name = "InvalidCloudEvent";
}

// The sequence extension of CloudEvents orders lexicographically: as many digits as 2^53 has.
const SEQUENCE_DIGITS = 16;

/**
 * CloudEvents 1.0 in structured mode (`application/cloudevents+json`), with the extensions `sequence`, `traceparent` and
 * `correlationid`. The payload's text is taken over as it is.
 */
export function toCloudEvent(message: Message): string {
  const { id, type, source, subject, sequence, time, traceparent, correlationId } = message;
  const attributes = JSON.stringify({
    specversion: "1.0",
    id,
    type,
    source,
    subject,
    sequence: String(sequence).padStart(SEQUENCE_DIGITS, "0"),
    time,
    datacontenttype: "application/json",
    traceparent,
    correlationid: correlationId,
  });
  return `${attributes.slice(0, -1)},"data":${dataText(message)}}`;
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const instant = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;
const json = /^application\/([\w.-]+\+)?json(;|$)/i;

/** @throws InvalidCloudEvent saying which attribute is missing or malformed */
export function fromCloudEvent(text: string): Message {
  const event = parse(text);
  if (event["specversion"] !== "1.0") throw new InvalidCloudEvent("specversion must be 1.0");
  const string = (name: string, fits?: RegExp): string => {
    const value = event[name];
    if (typeof value !== "string" || value === "") throw new InvalidCloudEvent(`${name} must be a non-empty string`);
    if (fits && !fits.test(value)) throw new InvalidCloudEvent(`${name} is malformed`);
    return value;
  };
  const optional = (name: string) => (event[name] === undefined ? undefined : string(name));
  if (event["datacontenttype"] !== undefined) string("datacontenttype", json);
  if (!("data" in event)) throw new InvalidCloudEvent("data is missing");
  const sequence = Number(string("sequence", /^\d+$/));
  if (!Number.isSafeInteger(sequence) || sequence < 1) throw new InvalidCloudEvent("sequence must count from 1");
  const time = string("time", instant);
  if (Number.isNaN(Date.parse(time))) throw new InvalidCloudEvent("time is malformed");
  const traceparent = optional("traceparent");
  const correlationId = optional("correlationid");
  return {
    id: string("id", uuid),
    type: string("type"),
    source: string("source"),
    subject: string("subject"),
    sequence,
    time,
    data: event["data"],
    ...(traceparent !== undefined && { traceparent }),
    ...(correlationId !== undefined && { correlationId }),
  };
}

function parse(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new InvalidCloudEvent("is not JSON", { cause });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new InvalidCloudEvent("must be a JSON object");
  return value as Record<string, unknown>; // as: an object that JSON.parse made has string keys
}
