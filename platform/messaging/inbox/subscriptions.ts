import type { Delivery, EventType } from "@souk/contract";
import { createChecks } from "../schema.ts";
import type { Handler, Message } from "../types.ts";

export type Subscribed = {
  readonly event: EventType;
  // biome-ignore lint/suspicious/noExplicitAny: each handler takes the data of its own event; a table of them has no common type
  readonly handle: Handler<any>;
  /**
   * Set on every type of an aggregate when this subscriber consumes all that the aggregate publishes, one per version. A
   * jump in `sequence` then is a gap: the event waits up to 30 s for the one before it. Without it nobody can tell a lost event from a type that
   * was never subscribed to, and the transport's order per subject is relied on.
   */
  readonly gapless?: boolean;
};

/** By event type. */
export type Subscriptions = Readonly<Record<string, Subscribed>>;

/** A message whose payload has been parsed and checked, with what handles it. */
export type Received = { readonly message: Message; readonly delivery: Delivery } & Pick<
  Subscribed,
  "handle" | "gapless"
>;

/** No retry can help: the payload is not JSON or does not fit, or nothing here handles the type. */
export class Unreadable extends Error {
  override readonly name = "Unreadable";
}

/** @returns a function that throws Unreadable */
export function createReader(subscriptions: Subscriptions): (message: Message) => Received {
  const check = createChecks("as received");
  return (message) => {
    const { id, type, source, subject, sequence, time } = message;
    const subscribed = Object.hasOwn(subscriptions, type) ? subscriptions[type] : undefined;
    if (!subscribed) throw new Unreadable(`nothing here handles ${type}`);
    const { event, handle, gapless = false } = subscribed;
    const data = parse(message);
    const problem = check(event)(data);
    if (problem !== undefined) throw new Unreadable(`does not fit ${type}: ${problem}`);
    return { message, delivery: { id, type, source, subject, sequence, time, data }, handle, gapless };
  };
}

function parse(message: Message): unknown {
  try {
    return message.data;
  } catch {
    // The parser's own message quotes the payload.
    throw new Unreadable("the payload is not JSON");
  }
}
