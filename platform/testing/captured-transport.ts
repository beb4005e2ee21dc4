import type { Message, Subscription, Transport } from "@souk/messaging";

/** A broker for one service under test: keeps what it publishes, and hands it what the test says that others published. */
export type CapturedTransport = Transport & {
  /** Resolves when the service has taken the message. @throws when it subscribes to no such event */
  deliver(message: Message): Promise<void>;
};

export function capturedTransport(): CapturedTransport {
  const subscriptions = new Set<Subscription>();
  return {
    // What was published stays in the outbox, where the test reads it.
    async publish() {},
    async subscribe(subscription) {
      subscriptions.add(subscription);
      return { close: async () => void subscriptions.delete(subscription) };
    },
    async deliver(message) {
      const takers = [...subscriptions].filter(({ types }) => types.includes(message.type));
      if (takers.length === 0) throw new Error(`the service does not consume ${message.type}`);
      for (const { deliver } of takers) await deliver([message]);
    },
    async close() {},
  };
}
