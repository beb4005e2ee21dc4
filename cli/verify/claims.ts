import { type Check, counted, type Problem } from "./check.ts";
import { stories } from "./db/after-sale.ts";
import { claims, forgoneUnits, writeOffs } from "./db/claims.ts";
import { inOrder, merged } from "./merge.ts";
import { storyOf } from "./story.ts";

const plain = (units: ReadonlyMap<string, number> | Readonly<Record<string, number>>): string =>
  JSON.stringify((units instanceof Map ? [...units] : Object.entries(units)).toSorted(([a], [b]) => (a < b ? -1 : 1)));

/** What becomes of an order whose money the card has let go of. */
export const claimChecks: readonly Check[] = [
  {
    name: "what left and was never paid is claimed until it is written off, in the ledger too",
    async look({ database }) {
      const problems: Problem[] = [];
      let n = 0;
      const told = merged(inOrder(stories(database("orders"))), inOrder(claims(database("orders"))));
      const booked = inOrder(writeOffs(database("payments")));
      const say = (key: string, text: string) => problems.push({ key: `${key} ${text}`, text });
      const writtenOff = new Map<string, number>();
      for await (const { key, left, right } of told) {
        const { lapse } = storyOf(left?.events ?? []);
        const open = lapse ? lapse.claimed - lapse.writtenOff : 0;
        if (lapse) n++;
        if (lapse && lapse.claimed !== lapse.unpaid)
          say(key, `of order ${key} ${lapse.unpaid} left and was never paid, and ${lapse.claimed} is claimed`);
        if (open !== (right?.claim ?? 0))
          say(key, `the index says that ${right?.claim ?? 0} of order ${key} is claimed, its events say ${open}`);
        if (lapse && lapse.writtenOff > 0) writtenOff.set(key, lapse.writtenOff);
      }
      for await (const { key, amount, ledger } of booked) {
        const decided = writtenOff.get(key) ?? 0;
        writtenOff.delete(key);
        if (decided !== amount || amount !== ledger)
          say(key, `of order ${key} ${decided} was written off, payments says ${amount} and its ledger ${ledger}`);
      }
      for (const [key, amount] of writtenOff)
        say(key, `of order ${key} ${amount} was written off, and payments has not heard of it`);
      return { problems, figure: counted(n, "lapsed payment") };
    },
  },
  {
    name: "what was promised and is never sent was let go of",
    async look({ database }) {
      const problems: Problem[] = [];
      let n = 0;
      for await (const { key, left, right } of merged(
        inOrder(stories(database("orders"))),
        inOrder(forgoneUnits(database("inventory"))),
      )) {
        const { forgone } = storyOf(left?.events ?? []);
        const units = right?.units ?? {};
        if (forgone.size > 0 || right) n++;
        if (plain(forgone) !== plain(units))
          problems.push({ key, text: `order ${key} gave up ${plain(forgone)}, inventory let go of ${plain(units)}` });
      }
      return { problems, figure: counted(n, "order") };
    },
  },
];
