import type { Verdict } from "./scenario.ts";

/** How many faults of each sort a plan may hold: processes that die; messages, requests and answers that are lost or doubled. */
export type Limits = { readonly deaths: number; readonly messages: number };

export const aDeathAndTwoMessages: Limits = { deaths: 1, messages: 2 };
export const twoDeaths: Limits = { deaths: 2, messages: 0 };

const sorts: Readonly<Record<string, keyof Limits>> = {
  crash: "deaths",
  drop: "messages",
  mute: "messages",
  double: "messages",
};

/** What may still happen after a fault at this site; undefined when it may not. */
function after(limits: Limits, site: string): Limits | undefined {
  const sort = sorts[site.split(" ", 1)[0] ?? ""];
  return sort === undefined || limits[sort] === 0 ? undefined : { ...limits, [sort]: limits[sort] - 1 };
}

/**
 * Runs every plan within the limits, each once. A run without faults says where the first could happen; a run with that one says where another could
 * after it, what only the first has brought about included: the answers to what was sent again, the work of whoever starts anew.
 * @param take says of each plan of one fault whether it is to be run here, with all that begin with it; by its number
 */
export async function enumerate(
  run: (plan: readonly string[]) => Promise<Pick<Verdict, "sites">>,
  limits: Limits,
  take: (n: number) => boolean = () => true,
): Promise<void> {
  let n = 0;
  const extend = async (plan: readonly string[], left: Limits): Promise<void> => {
    const { sites } = await run(plan);
    for (const { name, before, passed } of sites) {
      const rest = after(left, name);
      if (!rest) continue;
      for (let at = before; at < passed; at++)
        if (plan.length > 0 || take(n++)) await extend([...plan, `${name} #${at}`], rest);
    }
  };
  await extend([], limits);
}
