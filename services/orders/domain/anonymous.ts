import type { Address, Event, Snapshot } from "./order-state.ts";

/** Tax offices want to know the country; nobody needs to know the rest. */
const nowhere = ({ country }: Address): Address => ({ name: "", line1: "", city: "", postalCode: "", country });

function nobodys({ billingAddress, ...order }: Snapshot): Snapshot {
  return {
    ...order,
    email: "",
    shippingAddress: nowhere(order.shippingAddress),
    ...(billingAddress && { billingAddress: nowhere(billingAddress) }),
  };
}

/**
 * An event without who it is about: what was sold, for how much and into which country stays, and what people wrote about it goes. The
 * same event when there was nothing to take out.
 */
export function anonymous(event: Event): Event {
  switch (event.type) {
    case "placed":
      return isAnonymous(event.order) ? event : { ...event, order: nobodys(event.order) };
    case "note added":
      return event.text === "" ? event : { ...event, text: "" };
    case "cancel requested": {
      if (event.note === undefined) return event;
      const { note: _, ...rest } = event;
      return rest;
    }
    case "return requested": {
      if (event.lines.every(({ reason }) => reason === "")) return event;
      return { ...event, lines: event.lines.map((line) => ({ ...line, reason: "" })) };
    }
    case "return rejected":
      return event.why === "" ? event : { ...event, why: "" };
    case "claim paid":
      return event.how === "" ? event : { ...event, how: "" };
    case "claim written off":
      return event.reason === "" ? event : { ...event, reason: "" };
    case "refund granted":
      // A return's reason is the shop's own sentence.
      return event.reason === "" || event.returnId !== undefined ? event : { ...event, reason: "" };
    default:
      return event;
  }
}
/** The order was rid of its person. */
export const isAnonymous = ({ email }: Snapshot): boolean => email === "";
