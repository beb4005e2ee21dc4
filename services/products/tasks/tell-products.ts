import type { Task } from "@souk/service";
import { type CatalogueDeps, save } from "../catalogue.ts";
import { productTable, takeTurn } from "../db/products.ts";

/** Few enough that other writers wait for a tenth of a second. */
const batch = 200;

/** Tells products anew whose category or brand was renamed or moved: each gets its next version, as if somebody had written it. */
export const tellProducts = ({ db, publish, now }: CatalogueDeps): Task => ({
  name: "tell-products",
  everyMs: 1_000,
  async run(signal) {
    for (let taken = batch; taken === batch && !signal.aborted; ) {
      taken = await db.tx(async (tx) => {
        const table = productTable(tx);
        if (!(await table.isAnyUntold())) return 0;
        await takeTurn(tx);
        const ids = await table.takeUntold(batch);
        const products = await table.having({ ids });
        const next = products.map((product) => ({ ...product, version: product.version + 1 }));
        if (next.length > 0) await save(tx, publish, next, now());
        return ids.length;
      });
    }
  },
});
