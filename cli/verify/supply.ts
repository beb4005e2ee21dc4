import { type Check, counted } from "./check.ts";
import {
  keptOffRules,
  owedOffPromises,
  promisesOffReservations,
  supplyCount,
  transfersMisnamed,
  transitOffMovements,
} from "./db/supply.ts";

/** What is between places, and what was promised before it was there. */
export const supplyChecks: readonly Check[] = [
  {
    name: "what is in transit left one place and did not arrive at the other",
    async look({ database }) {
      const sql = database("inventory");
      const [{ transfers }, ...problems] = await Promise.all([
        supplyCount(sql),
        transitOffMovements(sql),
        transfersMisnamed(sql),
      ]);
      return { problems: problems.flat(), figure: counted(transfers, "transfer") };
    },
  },
  {
    name: "what is owed is what orders were promised, and it is kept back",
    async look({ database }) {
      const sql = database("inventory");
      const [{ promises }, ...problems] = await Promise.all([
        supplyCount(sql),
        promisesOffReservations(sql),
        owedOffPromises(sql),
        keptOffRules(sql),
      ]);
      return { problems: problems.flat(), figure: counted(promises, "promise") };
    },
  },
];
