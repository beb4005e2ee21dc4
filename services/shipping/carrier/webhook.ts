import { Type } from "@souk/contract";
import { validator } from "@souk/contract/validation";
import type { Clock } from "@souk/kernel";
import { request } from "undici";
import type { TrackingEvent } from "../db/carrier.ts";
import { sign } from "./signature.ts";

const timeoutMs = 5_000;

/** Tells the merchant by a signed webhook, as carriers do. */
export const webhookTo =
  ({ url, secret, clock }: { url: string; secret: string; clock: Clock }) =>
  async (events: readonly TrackingEvent[]): Promise<void> => {
    const body = JSON.stringify({ events });
    const { statusCode, body: answer } = await request(url, {
      method: "POST",
      headers: { "content-type": "application/json", "x-carrier-signature": sign(secret, body, clock.now()) },
      body,
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
    });
    await answer.dump();
    if (statusCode >= 300) throw new Error(`the merchant answered ${statusCode}`);
  };

const isNews = validator(
  Type.Object({
    events: Type.Array(
      Type.Object({
        id: Type.String({ minLength: 1, maxLength: 100 }),
        trackingNumber: Type.String({ pattern: "^[A-Z0-9]{10,40}$" }),
        status: Type.Union(["dispatched", "in_transit", "delivered", "lost"].map((word) => Type.Literal(word))),
        at: Type.String({ format: "date-time" }),
      }),
      { maxItems: 1_000 },
    ),
  }),
);

/** What a webhook says; undefined when it is not what was agreed. */
export function readNews(body: string): TrackingEvent[] | undefined {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  if (isNews(value).length > 0) return undefined;
  return (value as { events: TrackingEvent[] }).events; // as: checked just now
}
