// biome-ignore-all lint/suspicious/noTemplateCurlyInString: what stands in the sources has their placeholders

import type { ScenarioName } from "./scenarios.ts";

/** A fault planted in the core by changing one place in its source while it is loaded (`plant.ts`). */
export type Mutant = {
  readonly name: string;
  /** From the repository's root. */
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly find: string;
  readonly replace: string;
  /** What is simulated to catch it. */
  readonly scenario: ScenarioName;
  /** What says so, within the seeds that the clean core passes: words of the problem that is found. */
  readonly caughtBy: string;
};

const inbox = "platform/messaging/inbox";
const outbox = "platform/messaging/outbox";
const log = "platform/messaging/transports/log";

export const mutants: readonly Mutant[] = [
  {
    name: "skip the inbox",
    file: `${inbox}/consumer.ts`,
    find: "const fresh = await store.accept(tx, messagesOf(ready), at);",
    replace: "const fresh = new Set(messagesOf(ready).map(({ id }) => id));",
    scenario: "letter",
    caughtBy: "was handled 2 times",
  },
  {
    name: "acknowledge before the commit",
    file: `${inbox}/consumer.ts`,
    find: "    await handle(readable);\n",
    replace: "    void handle(readable).catch(() => {});\n",
    scenario: "letter",
    caughtBy: "was handled 0 times",
  },
  {
    name: "move the cursor before the batch is handled",
    file: `${log}/subscription.ts`,
    find: "await deliver(mine.map(messageOf));",
    replace: "void deliver(mine.map(messageOf)).catch(() => {});",
    scenario: "log",
    caughtBy: "was handled 0 times",
  },
  {
    name: "claim by id >",
    file: `${outbox}/store.ts`,
    find: "from chassis.outbox where done_at is null order by position limit",
    replace:
      "from chassis.outbox where done_at is null and position > (select coalesce(max(position), 0) from chassis.outbox where done_at is not null) order by position limit",
    scenario: "letter",
    caughtBy: "events unsent",
  },
  {
    name: "mark as sent what the broker has not taken",
    file: `${outbox}/relay.ts`,
    find: "        transport.publish(messages),\n",
    replace: "        transport.publish(messages).catch(() => {}),\n",
    scenario: "log",
    caughtBy: "was relayed and is not on the bus",
  },
  {
    name: "never mark as sent",
    file: `${outbox}/relay.ts`,
    find: "store.markDone(tx, positions,",
    replace: "store.markDone(tx, [],",
    scenario: "letter",
    caughtBy: "events unsent",
  },
  {
    name: "write the outbox outside the transaction",
    file: `${outbox}/outbox.ts`,
    find: "await store.insertMany(tx, facts.map(rowOf));",
    replace: "await store.insertMany(db, facts.map(rowOf));",
    scenario: "letter",
    caughtBy: "is in the outbox twice",
  },
  {
    name: "read on over a gap",
    file: `${inbox}/gaps.ts`,
    find: "sequence > last + 1",
    replace: "sequence > last + 99",
    scenario: "letter",
    caughtBy: "events were handled in the order",
  },
  {
    name: "let an event pass one of its subject that waits",
    file: `${inbox}/store.ts`,
    find: "p.sequence <= i.sequence",
    replace: "p.sequence < 0",
    scenario: "letter",
    caughtBy: "events were handled in the order",
  },
  {
    name: "forget an event whose handler failed",
    file: `${inbox}/consumer.ts`,
    find: "if (rest.length === 1) await park(culprit, error);\n        else",
    replace: "if (rest.length > 1)",
    scenario: "letter",
    caughtBy: "was handled 0 times",
  },
  {
    name: "take a retry for a copy",
    file: `${inbox}/store.ts`,
    find: 'return row.fresh ? "fresh" : "handled";',
    replace: 'return "handled";',
    scenario: "letter",
    caughtBy: "was handled 0 times",
  },
  {
    name: "give up after the first try",
    file: `${inbox}/retries.ts`,
    find: "const MAX_ATTEMPTS = 8;",
    replace: "const MAX_ATTEMPTS = 1;",
    scenario: "letter",
    caughtBy: "was given up after",
  },
  {
    name: "read on past what was left out",
    file: `${log}/subscription.ts`,
    find: "if (leases.isMine(held) && held.delivered === from) taken.push(held);\n      else held.read = held.delivered;",
    replace: "if (leases.isMine(held)) taken.push(held);",
    scenario: "log",
    caughtBy: "was handled 0 times",
  },
  {
    name: "overlook a lost race for a stream",
    file: "platform/event-store/store.ts",
    find: "select case when count(*) < ${events.length} then",
    replace: "select case when count(*) < 0 and ${events.length} > 0 then",
    scenario: "letter",
    caughtBy: "is in the outbox twice",
  },
  {
    name: "project by position >",
    file: "platform/event-store/store.ts",
    find: "if (now.oldestRunning >= now.next) return now.position;",
    replace: "if (now.position >= 0) return now.position;",
    scenario: "view",
    caughtBy: "the projection of",
  },
  {
    name: "believe a projection before its commit",
    file: "platform/event-store/projector.ts",
    find: "      return reached;\n",
    replace: "      done = reached;\n      return reached;\n",
    scenario: "view",
    caughtBy: "events not projected",
  },
  {
    name: "project without the checkpoint's lock",
    file: "platform/event-store/projection-store.ts",
    find: "for update skip locked`;",
    replace: "`;",
    scenario: "view",
    caughtBy: "the projection of",
  },
  {
    name: "undo twice",
    file: "platform/saga/engine.ts",
    find: 'if (!leaf.undoable || step === undefined || step.is === "undone") return false;',
    // A few times in all, so that it comes to an end.
    replace:
      'if (!leaf.undoable || step === undefined || (step.is === "undone" && (globalThis.undos = (globalThis.undos ?? 0) + 1) > 4)) return false;',
    scenario: "saga",
    caughtBy: "were undone in the order",
  },
  {
    name: "compensate in the wrong order",
    file: "platform/saga/engine.ts",
    find: "for (const group of groups.toReversed()) {",
    replace: "for (const group of groups) {",
    scenario: "saga",
    caughtBy: "were undone in the order",
  },
  {
    name: "undo only what has answered",
    file: "platform/saga/engine.ts",
    find: 'return leaf.kind !== "local" || step.is === "done"',
    replace: 'return step.is === "done"',
    scenario: "saga",
    caughtBy: "and what was done for it is",
  },
  {
    name: "take no answer for a yes",
    file: "platform/saga/execution.ts",
    find: 'if ("error" in answer) {\n      failed(',
    replace: 'if ("error" in answer && isRefusal(answer.error)) {\n      failed(',
    scenario: "saga",
    caughtBy: "and what was done for it is",
  },
  {
    name: "call without a key",
    file: "platform/mesh/client.ts",
    find: "if (idempotencyKey !== undefined) headers.push(IDEMPOTENCY_HEADER, idempotencyKey);",
    replace: "",
    scenario: "saga",
    caughtBy: "came without a key",
  },
  {
    name: "ask again under a new key",
    file: "platform/saga/attempt.ts",
    find: "idempotencyKey: keyOf(identity),",
    replace: "idempotencyKey: `${keyOf(identity)}:${identity.attempt}`,",
    scenario: "saga",
    caughtBy: "happened again under another key",
  },
  {
    name: "record a step apart from its effect",
    file: "platform/saga/ledger.ts",
    find: "store.recordIn(tx, writeOf(",
    replace: "store.recordIn(db as unknown as Tx, writeOf(",
    scenario: "saga",
    caughtBy: "and its saga is",
  },
  {
    name: "record without the fence",
    file: "platform/saga/migrations/0001_sagas.sql",
    find: "where s.id = w.id and s.fence = w.fence and s.version = w.version",
    replace: "where s.id = w.id",
    scenario: "saga",
    caughtBy: "were undone in the order",
  },
  {
    name: "forget what may have been begun before a lease lapsed",
    file: "platform/saga/ledger.ts",
    find: "  if (adopted) {\n",
    replace: "  if (adopted && version < 0) {\n",
    scenario: "saga",
    caughtBy: "and what was done for it is",
  },
  {
    name: "begin a step before the last one is recorded",
    file: "platform/saga/execution.ts",
    find: "if (ledger.isDirty() && (remote.length > 0 || !nearby))",
    replace: "if (ledger.isDirty() && remote.length === 0 && !nearby)",
    scenario: "saga",
    caughtBy: "and what was done for it is",
  },
  {
    name: "forget sagas whose commit went unanswered",
    file: "platform/saga/runner.ts",
    find: "take(await store.reclaim(db, { owner, known, startedBefore }));",
    replace: "void [known, startedBefore];",
    scenario: "saga",
    caughtBy: "sagas under way",
  },
  {
    name: "never take over a lapsed lease",
    file: "platform/saga/store.ts",
    find: "select id, false as held from due union all select id, true from lapsed",
    replace: "select id, false as held from due union all select id, true from lapsed where false",
    scenario: "saga",
    caughtBy: "sagas under way",
  },
  {
    name: "handle both copies in a batch",
    file: `${inbox}/consumer.ts`,
    find: "fresh.delete(one.delivery.id)",
    replace: "fresh.has(one.delivery.id)",
    scenario: "letter",
    caughtBy: "was handled 2 times",
  },
  {
    name: "choke on a message that the log has already",
    file: `${log}/postgres-store.ts`,
    find: "order by n on conflict (id) do nothing`",
    replace: "order by n`",
    scenario: "log",
    caughtBy: "events unsent",
  },
  {
    name: "take up a saga that is not due",
    file: "platform/saga/store.ts",
    find: "where id = any(${ids}::text[]) and wake_at <= ${now}",
    replace: "where id = any(${ids}::text[])",
    scenario: "saga",
    caughtBy: "and what was done for it is",
  },
  {
    name: "charge under a new key each time",
    file: "services/payments/providers/simulator.ts",
    find: "body: { key: chargeKey(orderId), reference: orderId,",
    replace:
      "body: { key: chargeKey(orderId) + Reflect.get(Object.assign(globalThis, { attempt: 1 + (Reflect.get(globalThis, 'attempt') ?? 0) }), 'attempt'), reference: orderId,",
    scenario: "shop",
    caughtBy: "captured − refunded = total − returned value",
  },
  {
    name: "release a committed reservation",
    file: "services/inventory/db/migrations/0005_places_and_rules.sql",
    find: "  perform move_stock('return', p_order_id, r.allocations, p_at);\n",
    replace: "  perform move_stock('release', p_order_id, r.allocations, p_at);\n",
    scenario: "shop",
    caughtBy: "sagas under way of orders",
  },
  {
    name: "count usage twice",
    file: "services/orders/db/redemptions.ts",
    find: "update promotions set uses = uses + 1,",
    replace: "update promotions set uses = uses + 2,",
    scenario: "shop",
    caughtBy: "the uses of a promotion are the orders that have it",
  },
  {
    name: "keep the use of an order that is cancelled",
    file: "services/orders/order-stream.ts",
    find: "  if (over) await returnRedemptions(tx, orderId, over.at);",
    replace: "  if (over) void returnRedemptions;",
    scenario: "shop",
    caughtBy: "the uses of a promotion are the orders that have it",
  },
];
