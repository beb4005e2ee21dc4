import type { Delivery, EventType, Static } from "@souk/contract";
import { type Clock, instant } from "@souk/kernel";
import type { Handler } from "@souk/messaging";
import { fanOut } from "../db/webhooks.ts";

/** What a merchant is sent: the same bytes at every try. */
export const webhookBody = (
  { id, type, time, subject }: Pick<Delivery, "id" | "type" | "time" | "subject">,
  data: object,
) => JSON.stringify({ id, type, time, subject, data });

/** Decides, in the transaction that handles an event, which endpoints it is sent to. */
export const toWebhooks =
  (clock: Clock) =>
  <E extends EventType>(_: E, tell: (data: Static<E["schema"]>) => object, alsoBefore?: Handler<E>): Handler<E> =>
  async (event, tx) => {
    await alsoBefore?.(event, tx);
    const { id, type, data } = event;
    await fanOut(tx, { eventId: id, type, body: webhookBody(event, tell(data)), now: instant(clock.now()) });
  };
