import { type Check, counted, type Problem } from "./check.ts";
import {
  countersOffMovements,
  type DemandRow,
  demand,
  equationBroken,
  lapsedHolds,
  negativeStock,
  type ReservationRow,
  reservations,
  reservedOffHolds,
  stockCount,
} from "./db/stock.ts";
import { inOrder, merged } from "./merge.ts";
import { supplyChecks } from "./supply.ts";

/** Undefined when an order's reservation is in the state that the order's asks for, over the units that it asked for. */
function disagreement(
  key: string,
  order: DemandRow | undefined,
  reservation: ReservationRow | undefined,
): string | undefined {
  if (!order) return reservation ? `reservation without an order: ${key}` : undefined;
  const { lifecycle } = order;
  const state = reservation ? (reservation.restocked ? "restocked" : reservation.status) : "none";
  if (lifecycle === "confirmed" || lifecycle === "completed") {
    if (state !== "committed") return `order ${key} is ${lifecycle} and its reservation ${state}`;
    const units = reservation?.units ?? {};
    const same =
      Object.keys(order.units).length === Object.keys(units).length &&
      Object.entries(order.units).every(([sku, n]) => units[sku] === n);
    return same ? undefined : `order ${key} asked for ${JSON.stringify(order.units)} and got ${JSON.stringify(units)}`;
  }
  if ((lifecycle === "rejected" || lifecycle === "cancelled") && (state === "held" || state === "committed")) {
    return `order ${key} is ${lifecycle} and its reservation ${state}`;
  }
  return undefined;
}

export const stockChecks: readonly Check[] = [
  {
    name: "stock is the sum of its movements",
    async look({ database }) {
      const sql = database("inventory");
      const [problems, { shelves, movements }] = await Promise.all([countersOffMovements(sql), stockCount(sql)]);
      return { problems, figure: `${counted(shelves, "shelf", "shelves")}, ${counted(movements, "movement")}` };
    },
  },
  {
    name: "nothing in stock is negative",
    async look({ database }) {
      const problems = await negativeStock(database("inventory"));
      return { problems, figure: counted(problems.length, "shelf", "shelves") };
    },
  },
  {
    name: "available + reserved + sold = received + returned + adjusted",
    async look({ database }) {
      const problems = await equationBroken(database("inventory"));
      return { problems, figure: counted(problems.length, "difference") };
    },
  },
  {
    name: "what is reserved is what reservations hold, and none outlives its expiry",
    async look({ database }) {
      const sql = database("inventory");
      const problems = (await Promise.all([reservedOffHolds(sql), lapsedHolds(sql)])).flat();
      return { problems, figure: counted(problems.length, "difference") };
    },
  },
  {
    name: "no reservation outlives its order, and every sale is an order's",
    async look({ database }) {
      const problems: Problem[] = [];
      let n = 0;
      for await (const { key, left, right } of merged(
        inOrder(demand(database("orders"))),
        inOrder(reservations(database("inventory"))),
      )) {
        n++;
        const text = disagreement(key, left, right);
        if (text) problems.push({ key, text });
      }
      return { problems, figure: counted(n, "order") };
    },
  },
  ...supplyChecks,
];
