export type Status = "created" | "dispatched" | "in_transit" | "delivered" | "lost" | "cancelled";

/** How long a parcel stays in each state, in ms. The simulated carrier keeps to it. */
export type Schedule = {
  readonly dispatchAfterMs: number;
  readonly transitAfterMs: number;
  readonly deliverAfterMs: number;
};

/** The next state of a parcel that the carrier has, and how long the one after that takes; undefined at the journey's end. */
export function nextLeg(
  status: Status,
  schedule: Schedule,
): { status: Status; nextAfterMs: number | null } | undefined {
  switch (status) {
    case "created":
      return { status: "dispatched", nextAfterMs: schedule.transitAfterMs };
    case "dispatched":
      return { status: "in_transit", nextAfterMs: schedule.deliverAfterMs };
    case "in_transit":
      return { status: "delivered", nextAfterMs: null };
    default:
      return undefined;
  }
}

const way: readonly Status[] = ["created", "dispatched", "in_transit", "delivered"];

/**
 * What a parcel goes through from where we believe it is to where the carrier says it is. Carriers tell twice, late and out of order, and leave
 * things out: what is no news is nothing, and a parcel that arrived had left. Nothing follows an end.
 */
export function stepsTo(believed: Status, told: Status): Status[] {
  const from = way.indexOf(believed);
  if (from < 0 || believed === "delivered") return [];
  if (told === "lost") return believed === "created" ? ["dispatched", "lost"] : ["lost"];
  return way.slice(from + 1, way.indexOf(told) + 1);
}
