import type { EventType } from "./event.ts";
import type { Contract } from "./index.ts";
import type { DocumentOptions } from "./openapi.ts";
import { type PlainSchema, plainSchema, shared } from "./plain-schema.ts";
import { finished, type Steps } from "./steps.ts";

type Reference = { readonly $ref: string };
export type AsyncapiDocument = {
  readonly asyncapi: "3.0.0";
  readonly info: { readonly title: string; readonly version: string; readonly description?: string };
  readonly defaultContentType: "application/cloudevents+json";
  readonly channels: Readonly<
    Record<string, { readonly address: string; readonly messages: Readonly<Record<string, Reference>> }>
  >;
  readonly operations: Readonly<
    Record<string, { readonly action: "send"; readonly channel: Reference; readonly [member: string]: unknown }>
  >;
  readonly components: {
    readonly messages: Readonly<Record<string, unknown>>;
    readonly schemas: Readonly<Record<string, unknown>>;
  };
};

/**
 * Every event the services publish, AsyncAPI 3.0: one channel per event type, whose messages are CloudEvents 1.0 in structured JSON.
 * @throws Error when two contracts publish one type
 */
export const asyncapi = (contracts: readonly Contract[], options: AsyncapiOptions): AsyncapiDocument =>
  finished(describingEvents(contracts, options));

type AsyncapiOptions = Omit<DocumentOptions, "servers" | "development">;

/** The same, event by event. */
export function* describingEvents(
  contracts: readonly Contract[],
  { title, version, description }: AsyncapiOptions,
): Steps<AsyncapiDocument> {
  const schemas = new Map<string, PlainSchema>([["CloudEvent", cloudEvent]]);
  const channels: Record<string, AsyncapiDocument["channels"][string]> = {};
  const operations: Record<string, AsyncapiDocument["operations"][string]> = {};
  const messages: Record<string, unknown> = {};
  for (const contract of contracts) {
    for (const [name, event] of Object.entries(contract.events)) {
      const { type, summary } = event;
      if (channels[type]) throw new Error(`${type} is published by two contracts`);
      messages[type] = messageOf(contract.name, event, schemas);
      channels[type] = { address: type, messages: { [type]: { $ref: `#/components/messages/${type}` } } };
      operations[`${contract.name}.${name}`] = {
        action: "send",
        channel: { $ref: `#/channels/${type}` },
        summary,
        tags: [{ name: contract.name }],
        messages: [{ $ref: `#/channels/${type}/messages/${type}` }],
      };
      yield;
    }
  }
  return {
    asyncapi: "3.0.0",
    info: { title, version, ...(description !== undefined && { description }) },
    defaultContentType: "application/cloudevents+json",
    channels,
    operations,
    components: { messages, schemas: Object.fromEntries(schemas) },
  };
}

const messageOf = (owner: string, { type, summary, schema }: EventType, schemas: Map<string, PlainSchema>) => ({
  name: type,
  summary,
  contentType: "application/cloudevents+json",
  payload: {
    allOf: [
      { $ref: "#/components/schemas/CloudEvent" },
      {
        type: "object",
        properties: {
          type: { const: type },
          source: { const: owner },
          data: shared(plainSchema(schema), schemas, "#/components/schemas/", owner),
        },
      },
    ],
  },
});

/** The attributes of CloudEvents 1.0 that Souk uses, with the extensions `sequence`, `traceparent` and `correlationid`. */
const cloudEvent: PlainSchema = {
  type: "object",
  description: "CloudEvents 1.0",
  required: ["specversion", "id", "type", "source", "subject", "sequence", "time", "data"],
  properties: {
    specversion: { const: "1.0" },
    id: {
      type: "string",
      format: "uuid",
      description: "The same in every copy: what has been handled is recognised by it.",
    },
    type: { type: "string", description: "The fact and its version." },
    source: { type: "string", description: "The publishing service." },
    subject: { type: "string", description: "The aggregate's id." },
    sequence: {
      type: "string",
      pattern: "^[0-9]{16}$",
      description:
        "The aggregate's version, counted from 1; events of one subject come in this order, which is also that of the text.",
    },
    time: { type: "string", format: "date-time" },
    datacontenttype: { const: "application/json" },
    traceparent: { type: "string" },
    correlationid: { type: "string" },
    data: { type: "object" },
  },
};
