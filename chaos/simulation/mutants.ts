/** A fault planted in the core by changing one place in its source while it is loaded (`plant.ts`). */
export type Mutant = {
  readonly name: string;
  /** From the repository's root. */
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly find: string;
  readonly replace: string;
  /** What says so, within the seeds that the clean core passes: words of the problem that is found. */
  readonly caughtBy: string;
};

export const mutants: readonly Mutant[] = [
  {
    name: "skip the inbox",
    file: "platform/messaging/inbox/consumer.ts",
    find: "const fresh = await store.accept(tx, messagesOf(ready), at);",
    replace: "const fresh = new Set(messagesOf(ready).map(({ id }) => id));",
    caughtBy: "one inbox row or one dead letter per event and subscriber",
  },
  {
    name: "acknowledge before the commit",
    file: "platform/messaging/transports/log/subscription.ts",
    find: "await deliver(mine.map(messageOf));",
    replace: "void deliver(mine.map(messageOf)).catch(() => {});",
    caughtBy: "one inbox row or one dead letter per event and subscriber",
  },
  {
    name: "claim by id >",
    file: "platform/messaging/outbox/store.ts",
    find: "from chassis.outbox where done_at is null order by position limit",
    replace:
      "from chassis.outbox where done_at is null and position > (select coalesce(max(position), 0) from chassis.outbox where done_at is not null) order by position limit",
    caughtBy: "events unsent",
  },
  {
    name: "mark as sent what the broker has not taken",
    file: "platform/messaging/outbox/relay.ts",
    find: "        transport.publish(messages),\n",
    replace: "        transport.publish(messages).catch(() => {}),\n",
    caughtBy: "every event reaches the bus",
  },
  {
    name: "charge under a new key each time",
    file: "services/payments/provider.ts",
    find: "body: { key: chargeKey(orderId), reference: orderId,",
    replace:
      "body: { key: chargeKey(orderId) + Reflect.get(Object.assign(globalThis, { attempt: 1 + (Reflect.get(globalThis, 'attempt') ?? 0) }), 'attempt'), reference: orderId,",
    caughtBy: "captured − refunded = total − returned value",
  },
];
