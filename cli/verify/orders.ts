import { type Check, counted } from "./check.ts";
import {
  abandoned,
  indexOffStreams,
  keyCount,
  keysWithoutOrder,
  orderCount,
  sagaCount,
  unpaired,
  wronglyUndone,
} from "./db/orders.ts";

export const orderChecks: readonly Check[] = [
  {
    name: "each accepted checkout exists once",
    async look({ database }) {
      const sql = database("orders");
      const [problems, n] = await Promise.all([unpaired(sql), orderCount(sql)]);
      return { problems, figure: counted(n, "order") };
    },
  },
  {
    name: "every order is final, or somebody is working on it",
    async look({ database }) {
      const problems = await abandoned(database("orders"));
      return { problems, figure: counted(problems.length, "stray", "strays") };
    },
  },
  {
    name: "every saga is finished, or undone exactly once in reverse order",
    async look({ database }) {
      const sql = database("orders");
      const [problems, n] = await Promise.all([wronglyUndone(sql), sagaCount(sql)]);
      return { problems, figure: counted(n, "saga") };
    },
  },
  {
    name: "the index of orders equals a fold of their events",
    async look({ database }) {
      const problems = await indexOffStreams(database("orders"));
      return { problems, figure: counted(problems.length, "difference") };
    },
  },
  {
    name: "one effect per idempotency key",
    async look({ database }) {
      const sql = database("orders");
      const [problems, n] = await Promise.all([keysWithoutOrder(sql), keyCount(sql)]);
      return { problems, figure: counted(n, "key") };
    },
  },
];
