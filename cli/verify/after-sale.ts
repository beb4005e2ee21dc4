import { type Check, counted, type Problem } from "./check.ts";
import {
  cameBack,
  type IndexedRow,
  indexedRefunds,
  indexedReturns,
  paidBack,
  refunds,
  stories,
  stuckRefunds,
} from "./db/after-sale.ts";
import { inOrder, merged } from "./merge.ts";
import { count, type Story, storyOf, unitsBack } from "./story.ts";

type Units = ReadonlyMap<string, number>;

/** Undefined when an order's quantities are inside one another. */
function overrun(key: string, story: Story): string | undefined {
  const { requested, received, writtenOff } = unitsBack(story);
  const { ordered, shipped, delivered } = story;
  const inside: readonly (readonly [string, Units, string, Units])[] = [
    ["shipped", shipped, "ordered", ordered],
    ["delivered", delivered, "shipped", shipped],
    ["asked back", requested, "delivered", delivered],
    ["come back", received, "asked back", requested],
    ["written off", writtenOff, "come back", received],
  ];
  for (const [less, some, more, others] of inside)
    for (const [sku, n] of some) {
      const most = others.get(sku) ?? 0;
      if (n > most) return `order ${key} has ${n} of ${sku} ${less} and ${most} ${more}`;
    }
  return undefined;
}

/** What the index has to say of an order, in the form of a row of it. */
const rowsOf = (found: ReadonlyMap<string, { status: string; amount: number }>) =>
  [...found].map(([id, { status, amount }]) => ({ id, status, amount })).toSorted((a, b) => (a.id < b.id ? -1 : 1));
const same = (rows: IndexedRow["rows"], others: IndexedRow["rows"]) =>
  JSON.stringify(rows.map(({ id, status, amount }) => [id, status, amount])) ===
  JSON.stringify(others.map(({ id, status, amount }) => [id, status, amount]));

const plain = (units: Units | Record<string, number>): string =>
  JSON.stringify((units instanceof Map ? [...units] : Object.entries(units)).toSorted(([a], [b]) => (a < b ? -1 : 1)));

export const afterSaleChecks: readonly Check[] = [
  {
    name: "written off ≤ come back ≤ asked back ≤ delivered ≤ shipped ≤ ordered, for every line",
    async look({ database }) {
      const problems: Problem[] = [];
      let n = 0;
      for await (const { key, events } of inOrder(stories(database("orders")))) {
        n++;
        const text = overrun(key, storyOf(events));
        if (text) problems.push({ key, text });
      }
      return { problems, figure: counted(n, "order") };
    },
  },
  {
    name: "the index of returns and refunds equals a fold of their events",
    async look({ database }) {
      const sql = database("orders");
      const problems: Problem[] = [];
      let n = 0;
      const compare = async (what: "returns" | "refunds", index: typeof indexedReturns) => {
        for await (const { key, left, right } of merged(inOrder(stories(sql)), inOrder(index(sql)))) {
          const folded = rowsOf(storyOf(left?.events ?? [])[what]);
          const rows = right?.rows ?? [];
          n += rows.length;
          if (!same(folded, rows))
            problems.push({
              key: `${what} ${key}`,
              text: `the index of ${what} of order ${key} is not what its events say`,
            });
        }
      };
      await compare("returns", indexedReturns);
      await compare("refunds", indexedRefunds);
      return { problems, figure: counted(n, "row") };
    },
  },
  {
    name: "every refund is paid once and for its amount, and none is stuck",
    async look({ database }) {
      const problems: Problem[] = [...(await stuckRefunds(database("orders")))];
      let n = 0;
      for await (const { key, left, right } of merged(
        inOrder(refunds(database("orders"))),
        inOrder(paidBack(database("payments"))),
      )) {
        n++;
        if (left && right && left.amount !== right.amount)
          problems.push({ key, text: `refund ${key} was granted as ${left.amount} and paid as ${right.amount}` });
        else if (left?.status === "executed" && !right)
          problems.push({ key, text: `refund ${key} says that it was paid, and it was not` });
        else if (right && left?.status !== "executed")
          problems.push({ key, text: `refund ${key} was paid and is ${left?.status ?? "unknown"}` });
      }
      return { problems, figure: counted(n, "refund") };
    },
  },
  {
    name: "every return gives back what came back, as far as it was not given back before",
    async look({ database }) {
      const problems: Problem[] = [];
      let n = 0;
      for await (const { key, events } of inOrder(stories(database("orders")))) {
        const story = storyOf(events);
        for (const [returnId, { owed, refundId }] of story.returns) {
          n++;
          const granted = story.refunds.get(refundId ?? "")?.amount ?? 0;
          if (granted !== owed)
            problems.push({
              key: returnId,
              text: `return ${returnId} of order ${key} owes ${owed} and gave ${granted}`,
            });
        }
      }
      return { problems, figure: counted(n, "return") };
    },
  },
  {
    name: "what came back is on the shelf or written off",
    async look({ database }) {
      const problems: Problem[] = [];
      let n = 0;
      for await (const { key, left, right } of merged(
        inOrder(stories(database("orders"))),
        inOrder(cameBack(database("inventory"))),
      )) {
        const story = storyOf(left?.events ?? []);
        const { received, writtenOff } = unitsBack(story);
        // What was never sent is back on the shelf as well.
        count(
          received,
          [...story.heldBack].flatMap(([sku, quantity]) => (quantity > 0 ? [{ sku, quantity }] : [])),
        );
        const damaged = [...writtenOff.values()].reduce((a, b) => a + b, 0);
        if (received.size > 0 || right) n++;
        if (plain(received) !== plain(right?.units ?? {}) || damaged !== (right?.writtenOff ?? 0)) {
          const [here, there] = [plain(received), plain(right?.units ?? {})];
          const text = `of order ${key} ${here} came back, ${damaged} damaged; inventory booked ${there}, ${right?.writtenOff ?? 0} written off`;
          problems.push({ key, text });
        }
      }
      return { problems, figure: counted(n, "order") };
    },
  },
];
