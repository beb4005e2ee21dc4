import { randomFillSync } from "node:crypto";
import { ServiceError, systemClock, uuidv7 } from "@souk/kernel";
import { migrate, openDatabase } from "@souk/postgres";
import { compensatable, createSagaRunner, migrations, saga } from "@souk/saga";
import type { Side } from "./side.ts";

type Data = { readonly n: number; readonly reserved?: string; readonly paid?: number };
const nothing = async () => {};

/** Four steps that call nothing; every tenth refuses at the third, and what was done is undone. */
const order = saga<Data>("bench", [
  compensatable("reserve", async ({ n }) => ({ reserved: `r${n}` }), nothing),
  compensatable("pay", async ({ n }) => ({ paid: n }), nothing),
  compensatable(
    "check",
    async ({ n }) => {
      if (n % 10 === 9) throw new ServiceError("bench.refused", "failed_precondition", "One of ten is refused.");
    },
    nothing,
  ),
  compensatable("ship", nothing, nothing),
]);

export async function soukSide(url: string): Promise<Side> {
  await migrate(url, [migrations]);
  const db = openDatabase({ url, clock: systemClock, chance: Math.random });
  const waiting = new Map<string, () => void>();
  const runner = createSagaRunner({
    db,
    sagas: [order],
    owner: "bench",
    clock: systemClock,
    chance: Math.random,
    log: console,
    observe: {
      ended({ id }) {
        waiting.get(id)?.();
        waiting.delete(id);
      },
    },
  });
  await runner.run();
  let n = 0;
  return {
    name: "souk",
    async one() {
      const id = `order:${uuidv7(Date.now(), () => randomFillSync(new Uint8Array(16)))}`;
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.set(id, resolve);
      await db.tx((tx) => runner.start(tx, order, id, { n: n++ }));
      await promise;
    },
    async close() {
      await runner.stop();
      await db.close();
    },
  };
}
