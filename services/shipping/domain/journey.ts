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
