import type { Delivery, EventType, Static } from "@souk/contract";
import type { Tx } from "@souk/postgres";

/** A fact to tell the others, committed with the state it tells of. */
export type Publish = <E extends EventType>(
  tx: Tx,
  event: E,
  fact: { readonly subject: string; readonly sequence: number; readonly data: Static<E["schema"]> },
) => Promise<void>;

/**
 * Handles one event in the transaction that also holds its inbox row: a redelivered event never reaches it twice. `together`
 * is there on what `together()` made: it is then given several at once.
 */
export type Handler<E extends EventType = EventType> = {
  (event: Delivery<E>, tx: Tx): Promise<void>;
  readonly together?: (events: readonly Delivery<E>[], tx: Tx) => Promise<void>;
};

/** An event as it travels: CloudEvents attributes and JSON data. Reading `data` throws SyntaxError when it is no JSON. */
export type Message = Delivery & { readonly traceparent?: string; readonly correlationId?: string };

/**
 * Moves messages from the relays to the subscribers, at least once, in `sequence` per subject. Every driver passes
 * `transport-suite.ts`.
 */
export type Transport = {
  /** Resolves when the broker has durably taken all of `messages`. Safe to repeat: the broker or the inbox drops the copy. */
  publish(messages: readonly Message[]): Promise<void>;
  /**
   * Delivers every message of `types` published from the subscription's creation on (a driver that keeps a log may begin
   * earlier) to exactly one of the replicas that subscribe under the same `subscriber` name. A batch is acknowledged when
   * `deliver` resolves, redelivered when it rejects or the process dies. Resolves also while the broker is away.
   */
  subscribe(subscription: Subscription): Promise<{ close(): Promise<void> }>;
  /** What a subscriber has not acknowledged yet; a driver whose broker shows that itself has no such method. */
  lag?(subscriber: string, types: readonly string[]): Promise<Lag>;
  close(): Promise<void>;
};

/** Messages that wait for a subscriber (10,000 stands for any more), and when the first of them was published. */
type Lag = { readonly messages: number; readonly oldestAt: string | null };

export type Subscription = {
  readonly subscriber: string;
  readonly types: readonly string[];
  /** Messages in order; those of one subject never in two calls at once, in any replica. */
  readonly deliver: (batch: readonly Message[]) => Promise<void>;
};
