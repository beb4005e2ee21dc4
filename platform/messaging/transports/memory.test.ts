import { systemClock } from "@souk/kernel";
import { seededChance } from "@souk/testing";
import { severable, silentLog } from "../testing.ts";
import { transportSuite } from "../transport-suite.ts";
import { createLogTransport } from "./log/transport.ts";
import { createMemoryBus } from "./memory.ts";

transportSuite(
  "memory",
  async () => {
    const bus = createMemoryBus(systemClock);
    const opened: { close(): Promise<void> }[] = [];
    return {
      open(instance) {
        const { store, sever } = severable(bus);
        const chance = seededChance(opened.length);
        const transport = createLogTransport({
          store,
          clock: systemClock,
          chance,
          instance,
          log: silentLog,
          leaseMs: 300,
        });
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
