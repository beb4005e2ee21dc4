import type { Options, Run } from "../command.ts";
import { printJson } from "../io.ts";
import { gatewayAddress } from "../running-shop.ts";
import { type Home, homeOf } from "../state/home.ts";
import { livingSupervisor } from "../supervisor/record.ts";

export const summary = "Sell a few things and show what each service did";
export const usage = `souk demo

On the running shop, or on one that it starts and stops itself when none runs. Everything goes through the public API: an order that
is confirmed, a declined card, a cancellation, and a card provider that takes the money without answering. Then it shows the
timeline, the mail that went out, and the trace. The orders stay in a running shop; a shop of its own leaves nothing.`;
export const options = {} as const satisfies Options;

export const run: Run<typeof options> = async ({ options: { json } }, io) => {
  const [{ demo }, { teller }] = await Promise.all([import("../demo/demo.ts"), import("../demo/tell.ts")]);
  const tell = json ? undefined : teller(io);
  const perform = async (home: Home, address: string, temporary: boolean) => {
    const shown = await demo(home, address, temporary, tell);
    if (json) printJson(io, shown);
  };

  const home = homeOf(io.env);
  if ((await livingSupervisor(home)) !== undefined) {
    await perform(home, await gatewayAddress(home), false);
    return 0;
  }
  const { withTemporaryShop } = await import("../demo/temporary-shop.ts");
  io.err("No shop runs here: starting one for the demo.");
  await withTemporaryShop(io, (own, address) => perform(own, address, true));
  return 0;
};
