import { type Check, counted } from "./check.ts";
import { orderCount } from "./db/orders.ts";
import { countersOffUses, totalsOffParts, useCount, usesOffOrders } from "./db/pricing.ts";

/** What orders cost, and what of it was a promotion's. */
export const pricingChecks: readonly Check[] = [
  {
    name: "an order's total is the sum of its parts",
    async look({ database }) {
      const sql = database("orders");
      const [problems, n] = await Promise.all([totalsOffParts(sql), orderCount(sql)]);
      return { problems, figure: counted(n, "order") };
    },
  },
  {
    name: "the uses of a promotion are the orders that have it",
    async look({ database }) {
      const sql = database("orders");
      const [n, ...problems] = await Promise.all([useCount(sql), countersOffUses(sql), usesOffOrders(sql)]);
      return { problems: problems.flat(), figure: counted(n, "use") };
    },
  },
];
