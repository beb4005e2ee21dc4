import type { Message } from "./types.ts";

/** A message as a table or a broker holds it: the payload is still the text that the publisher wrote. */
export type MessageRow = {
  readonly id: string;
  readonly type: string;
  readonly source: string;
  readonly subject: string;
  readonly sequence: number;
  readonly time: string;
  readonly data: string;
  readonly traceparent: string | null;
  readonly correlationId: string | null;
};

/** Relays and transports only carry the payload on, so it is parsed by the one who reads it: a consumer, once. */
class CarriedMessage implements Message {
  readonly id: string;
  readonly type: string;
  readonly source: string;
  readonly subject: string;
  readonly sequence: number;
  readonly time: string;
  readonly text: string;
  declare readonly traceparent?: string;
  declare readonly correlationId?: string;
  #data: unknown;

  constructor(row: MessageRow) {
    this.id = row.id;
    this.type = row.type;
    this.source = row.source;
    this.subject = row.subject;
    this.sequence = row.sequence;
    this.time = row.time;
    this.text = row.data;
    if (row.traceparent !== null) this.traceparent = row.traceparent;
    if (row.correlationId !== null) this.correlationId = row.correlationId;
  }

  get data(): unknown {
    this.#data ??= JSON.parse(this.text);
    return this.#data;
  }
}

/** Reading `data` parses it, and throws SyntaxError when it is not JSON. */
export const messageOf = (row: MessageRow): Message => new CarriedMessage(row);

/** The payload as JSON text: what the publisher wrote, when the message was made from a row. */
export const dataText = (message: Message): string =>
  message instanceof CarriedMessage ? message.text : JSON.stringify(message.data);
