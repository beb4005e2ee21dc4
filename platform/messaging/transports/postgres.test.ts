import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "@souk/kernel";
import { listen, openDatabase } from "@souk/postgres";
import { seededChance, testDatabase } from "@souk/testing";
import { severable, silentLog } from "../testing.ts";
import { transportSuite } from "../transport-suite.ts";
import type { Message } from "../types.ts";
import { postgresLogStore } from "./log/postgres-store.ts";
import type { LogStore } from "./log/store.ts";
import { createLogTransport } from "./log/transport.ts";
import { busMigrations, createPostgresTransport } from "./postgres.ts";

transportSuite(
  "postgres",
  async () => {
    const { url } = await testDatabase({ sets: [busMigrations] });
    const opened: { close(): Promise<void> }[] = [];
    return {
      open(instance) {
        const clock = systemClock;
        const chance = seededChance(opened.length);
        const db = openDatabase({ url, clock, chance, poolSize: 2 });
        const { store, sever } = severable(postgresLogStore({ db, url, clock, chance, onError: () => {} }));
        const transport = createLogTransport({ store, clock, chance, instance, log: silentLog, leaseMs: 500 });
        opened.push(transport);
        return { transport, crash: sever };
      },
      async close() {
        await Promise.all(opened.map((transport) => transport.close()));
      },
    };
  },
  seededChance(7),
);

const clock = systemClock;
const HOUR_MS = 3_600_000;
const messageFor = (sequence: number): Message => ({
  id: `0190a8f0-0000-7000-8000-${sequence.toString(16).padStart(12, "0")}`,
  ...{ type: "t.1", source: "tests", subject: "s", sequence, time: "2030-01-01T12:00:00.000Z", data: {} },
});

/** A transport over a store of which `change` replaces a part. */
async function transportWith(change: (store: LogStore) => Partial<LogStore>, pollMs: number) {
  const { url } = await testDatabase({ sets: [busMigrations] });
  const chance = seededChance(1);
  const db = openDatabase({ url, clock, chance, poolSize: 2 });
  const store = postgresLogStore({ db, url, clock, chance, onError: () => {} });
  const transport = createLogTransport({
    ...{ clock, chance, instance: "a", log: silentLog, pollMs },
    store: { ...store, ...change(store) },
  });
  return { transport, url };
}

test("a message arrives without anybody polling", { timeout: 60_000 }, async () => {
  const listening = Promise.withResolvers<void>();
  const { transport } = await transportWith(
    (store) => ({
      listen: (notice) =>
        store.listen((one) => {
          if (!one) listening.resolve();
          notice(one);
        }),
    }),
    HOUR_MS,
  );
  const arrived = Promise.withResolvers<void>();
  const deliver = async (batch: readonly Message[]) => {
    if (batch.some(({ sequence }) => sequence === 2)) arrived.resolve();
  };
  await transport.subscribe({ subscriber: "s", types: ["t.1"], deliver });
  await listening.promise;
  await transport.publish([messageFor(1)]);
  await transport.publish([messageFor(2)]);
  await arrived.promise;
  await transport.close();
});

test("a message whose notification is lost arrives by the poll", { timeout: 60_000 }, async () => {
  const { transport } = await transportWith(() => ({ listen: () => ({ close: async () => {} }) }), 50);
  const arrived = Promise.withResolvers<void>();
  await transport.subscribe({ subscriber: "s", types: ["t.1"], deliver: async () => arrived.resolve() });
  await transport.publish([messageFor(1)]);
  await arrived.promise;
  await transport.close();
});

test("a batch is announced once, with its types", { timeout: 60_000 }, async () => {
  const { url } = await testDatabase({ sets: [busMigrations] });
  const transport = createPostgresTransport({ url, clock, chance: seededChance(1), instance: "a", log: silentLog });
  const payloads: (string | undefined)[] = [];
  const heard = Promise.withResolvers<void>();
  const ready = Promise.withResolvers<void>();
  const listening = listen({
    ...{ url, channel: "souk_bus", clock, chance: seededChance(1) },
    onNotify: (payload) => {
      payloads.push(payload);
      ready.resolve();
      if (payload?.includes("t.9")) heard.resolve();
    },
  });
  await ready.promise;
  await transport.publish(Array.from({ length: 100 }, (_, i) => ({ ...messageFor(i + 1), type: `t.${i % 2}` })));
  await transport.publish([{ ...messageFor(101), type: "t.9" }]);
  await heard.promise;
  assert.deepEqual(payloads, [undefined, "messages t.0 t.1", "messages t.9"]);
  await Promise.all([listening.close(), transport.close()]);
});

test("a subscription that begins while the broker is away works once it is back", { timeout: 60_000 }, async () => {
  let away = true;
  const { transport } = await transportWith(
    (store) => ({ join: (...args) => (away ? Promise.reject(new Error("away")) : store.join(...args)) }),
    HOUR_MS,
  );
  const arrived = Promise.withResolvers<void>();
  await transport.subscribe({ subscriber: "s", types: ["t.1"], deliver: async () => arrived.resolve() });
  await transport.publish([messageFor(1)]);
  away = false;
  await arrived.promise;
  await transport.close();
});
