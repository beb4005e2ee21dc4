import { type Check, counted, type Problem } from "./check.ts";
import { stories } from "./db/after-sale.ts";
import { claims, closedClaims, forgoneUnits } from "./db/claims.ts";
import { inOrder, merged } from "./merge.ts";
import { storyOf } from "./story.ts";

const plain = (units: ReadonlyMap<string, number> | Readonly<Record<string, number>>): string =>
  JSON.stringify((units instanceof Map ? [...units] : Object.entries(units)).toSorted(([a], [b]) => (a < b ? -1 : 1)));

/** What becomes of an order whose money the card has let go of. */
export const claimChecks: readonly Check[] = [
  {
    name: "what left and was never paid is claimed until it is paid another way or written off, in the ledger too",
    async look({ database }) {
      const problems: Problem[] = [];
      let n = 0;
      const told = merged(inOrder(stories(database("orders"))), inOrder(claims(database("orders"))));
      const booked = inOrder(closedClaims(database("payments")));
      const say = (key: string, text: string) => problems.push({ key: `${key} ${text}`, text });
      const decided = new Map<string, { paidOtherwise: number; writtenOff: number }>();
      for await (const { key, left, right } of told) {
        const { lapse } = storyOf(left?.events ?? []);
        const open = lapse ? lapse.claimed - lapse.paidOtherwise - lapse.writtenOff : 0;
        if (lapse) n++;
        if (lapse && lapse.claimed !== lapse.unpaid)
          say(key, `of order ${key} ${lapse.unpaid} left and was never paid, and ${lapse.claimed} is claimed`);
        if (open !== (right?.claim ?? 0))
          say(key, `the index says that ${right?.claim ?? 0} of order ${key} is claimed, its events say ${open}`);
        if (lapse && lapse.paidOtherwise + lapse.writtenOff > 0) decided.set(key, lapse);
      }
      const compare = (key: string, word: string, ours: number, asked: number, ledger: number) => {
        if (ours !== asked || asked !== ledger)
          say(key, `of order ${key} ${ours} was ${word}, payments says ${asked} and its ledger ${ledger}`);
      };
      const nothing = { paidOtherwise: 0, writtenOff: 0 };
      for await (const { key, paid, paidInLedger, lost, lostInLedger } of booked) {
        const { paidOtherwise, writtenOff } = decided.get(key) ?? nothing;
        decided.delete(key);
        compare(key, "paid another way", paidOtherwise, paid, paidInLedger);
        compare(key, "written off", writtenOff, lost, lostInLedger);
      }
      for (const [key, { paidOtherwise, writtenOff }] of decided) {
        compare(key, "paid another way", paidOtherwise, 0, 0);
        compare(key, "written off", writtenOff, 0, 0);
      }
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
