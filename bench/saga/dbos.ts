import { DBOS } from "@dbos-inc/dbos-sdk";
import type { Side } from "./side.ts";

class Refused extends Error {}
const nothing = async () => {};

/** The same four steps and the same undoing, written as DBOS' documentation does it: each step is a checkpoint in PostgreSQL. */
async function order(n: number): Promise<void> {
  await DBOS.runStep(async () => ({ reserved: `r${n}` }), { name: "reserve" });
  await DBOS.runStep(async () => ({ paid: n }), { name: "pay" });
  try {
    await DBOS.runStep(
      async () => {
        if (n % 10 === 9) throw new Refused("One of ten is refused.");
      },
      { name: "check" },
    );
  } catch {
    await DBOS.runStep(nothing, { name: "undo pay" });
    await DBOS.runStep(nothing, { name: "undo reserve" });
    return;
  }
  await DBOS.runStep(nothing, { name: "ship" });
}

export async function dbosSide(url: string): Promise<Side> {
  DBOS.setConfig({
    name: "bench",
    systemDatabaseUrl: url,
    systemDatabasePoolSize: 20,
    logLevel: "error",
    runAdminServer: false,
  });
  const workflow = DBOS.registerWorkflow(order, { name: "bench" });
  await DBOS.launch();
  let n = 0;
  return {
    name: "DBOS",
    one: () => workflow(n++),
    close: () => DBOS.shutdown(),
  };
}
