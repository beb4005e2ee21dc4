import { type Check, counted, type Problem, type View } from "./check.ts";
import { holding, payments, waiting } from "./db/money.ts";
import { inOrder, iterate, merged } from "./merge.ts";

/** What the services that compare say: how long money may be in flight, and how much they have found that is not gone. */
export type Told = { readonly objectiveSeconds: number; readonly differences: number };

/** Which orders' money is neither theirs to keep nor given back, and since when: by our books, and by the provider's. */
async function moneyInFlight({ database, book }: View): Promise<{ key: string; since: string }[]> {
  const found: { key: string; since: string }[] = [];
  for await (const { key, left, right } of merged(
    inOrder(waiting(database("orders"))),
    inOrder(holding(database("payments"))),
  )) {
    if (!left || !right) continue;
    // A cancellation begins long after its money was taken: what counts is how long it has been owed.
    const owed = left.lifecycle === "cancelled" || left.lifecycle === "cancel_pending";
    found.push({ key, since: owed ? left.changedAt : right.since });
  }
  const charges = (await book()).filter(({ captured, refunded }) => captured > refunded);
  const sorted = charges.map(({ reference, createdAt }) => ({ key: reference, since: createdAt }));
  for await (const { key, left, right } of merged(
    inOrder(payments(database("payments"))),
    iterate(sorted.toSorted((a, b) => (a.key < b.key ? -1 : 1))),
  ))
    if (right && !left) found.push({ key, since: right.since });
  return found;
}

/**
 * Looks at the books themselves: that the services have compared them is what it checks. @param now epoch ms
 */
export const inFlightCheck = (told: () => Promise<Told>, now: () => number): Check => ({
  name: "no money is in flight longer than it may be",
  async look(view) {
    const [found, { objectiveSeconds, differences }] = await Promise.all([moneyInFlight(view), told()]);
    const aged = found.map(({ key, since }) => ({ key, seconds: Math.round((now() - Date.parse(since)) / 1_000) }));
    const problems = aged.flatMap(({ key, seconds }): Problem[] =>
      seconds > objectiveSeconds
        ? [
            {
              key,
              text: `the money of order ${key} has been in flight for ${seconds} s; it may be for ${objectiveSeconds} s`,
            },
          ]
        : [],
    );
    const oldest = aged.reduce((most, { seconds }) => Math.max(most, seconds), 0);
    return {
      problems,
      figure: `oldest ${oldest} s of at most ${objectiveSeconds} s, ${counted(differences, "open difference")}`,
    };
  },
});
