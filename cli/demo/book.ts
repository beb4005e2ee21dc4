import { cardSimulator } from "@souk/card-simulator/contract";
import { operatorMesh } from "../operator.ts";
import type { Home } from "../state/home.ts";

/** What the card provider's own book says of an order. */
export type Charge = { readonly status: string; readonly captured: number; readonly refunded: number };
export type ProviderBook = {
  /** @param reference the order's id */
  readonly chargesOf: (reference: string) => Promise<Charge[]>;
  readonly close: () => Promise<void>;
};

/** Opens the provider's book at its end: only what happens from now on is read. */
export async function openProviderBook(home: Home): Promise<ProviderBook> {
  const mesh = await operatorMesh(home);
  const simulator = mesh.client(cardSimulator);
  async function read(from: number) {
    const charges = [];
    for (let after = from; ; ) {
      const page = await simulator.book({ query: { after, limit: 1_000 } }, { timeoutMs: 10_000 });
      charges.push(...page.charges);
      if (page.next === after) return { charges, end: after };
      after = page.next;
    }
  }
  const { end } = await read(0);
  return {
    async chargesOf(reference) {
      const { charges } = await read(end);
      return charges
        .filter((charge) => charge.reference === reference)
        .map(({ status, captured, refunded }) => ({ status, captured, refunded }));
    },
    close: () => mesh.close(),
  };
}
