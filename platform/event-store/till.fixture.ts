import type { Decider } from "@souk/kernel";
import { never, ServiceError } from "@souk/kernel";
import type { StreamType } from "./types.ts";

/** A till to test with: what goes in and out of it, never below nothing. */
export type Command = { type: "pay in" | "pay out"; cents: number };
export type Event = { type: "paid-in"; cents: number } | { type: "paid-out"; cents: number };

const till: Decider<Command, number, Event> = {
  initial: 0,
  decide(balance, { type, cents }) {
    if (cents === 0) return [];
    if (type === "pay in") return [{ type: "paid-in", cents }];
    if (cents > balance) throw new ServiceError("till.too_little", "failed_precondition", "too little in the till");
    return [{ type: "paid-out", cents }];
  },
  evolve(balance, event) {
    switch (event.type) {
      case "paid-in":
        return balance + event.cents;
      case "paid-out":
        return balance - event.cents;
      default:
        return never(event);
    }
  },
};

export const tillStream: StreamType<Command, number, Event> = { name: "till", decider: till };
