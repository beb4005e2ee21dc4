import { recommendations } from "@souk/recommendations/contract";
import { search } from "@souk/search/contract";
import { commandClock } from "../clock.ts";
import type { Options, Run } from "../command.ts";
import { usageFailure } from "../failure.ts";
import { printJson } from "../io.ts";
import { operatorMesh } from "../operator.ts";
import { replay } from "../replay.ts";
import { runningSupervisor } from "../running-shop.ts";
import { homeOf } from "../state/home.ts";

export const summary = "Build a projection anew from history, beside the live one, and swap";
export const usage = `souk replay search
souk replay recommendations

The service asks products, inventory and orders for everything they ever told, folds it into a new generation while the live one goes on
answering, and then moves over to it. Events that arrive meanwhile go into both. Safe to interrupt: the service goes on by itself, and
the same command waits for it again.`;
export const options = {} as const satisfies Options;
export const positionals = 1;

export const run: Run<typeof options> = async ({ options, positionals: [what] }, io) => {
  const contract = what === undefined ? undefined : projections.get(what);
  if (what === undefined || !contract)
    throw usageFailure(
      what === undefined ? "Replay what?" : `There is no projection "${what}" to replay.`,
      `There are: ${[...projections.keys()].join(", ")}`,
    );
  const home = homeOf(io.env);
  await runningSupervisor(home);
  const mesh = await operatorMesh(home);
  try {
    const shown = new Map<string, string>();
    const replayed = await replay(mesh.client(contract), commandClock, (histories) => {
      for (const { history, told, done } of histories) {
        const line = `${history.padEnd(9)} ${told.toLocaleString("en").padStart(9)}${done ? "  done" : ""}`;
        if (shown.get(history) === line || (told === 0 && !done)) continue;
        shown.set(history, line);
        io.err(line);
      }
    });
    if (options.json) printJson(io, replayed);
    else {
      const { products = 0, stock = 0, sales = 0 } = replayed.told;
      const figures = `${count(products)} products, ${count(stock)} SKUs in stock, ${count(sales)} sales`;
      io.out(
        `Generation ${replayed.generation} of ${what} is live: ${figures} (${(replayed.durationMs / 1_000).toFixed(1)} s)`,
      );
    }
    return 0;
  } finally {
    await mesh.close();
  }
};

/** Each has the same two endpoints. */
const projections: ReadonlyMap<string, typeof search | typeof recommendations> = new Map<
  string,
  typeof search | typeof recommendations
>([
  ["search", search],
  ["recommendations", recommendations],
]);

const count = (n: number) => n.toLocaleString("en");
