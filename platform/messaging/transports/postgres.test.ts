import { systemClock } from "@souk/kernel";
import { openDatabase } from "@souk/postgres";
import { seededChance, testDatabase } from "@souk/testing";
import { severable, silentLog } from "../testing.ts";
import { transportSuite } from "../transport-suite.ts";
import { postgresLogStore } from "./log/postgres-store.ts";
import { createLogTransport } from "./log/transport.ts";
import { busMigrations } from "./postgres.ts";

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
