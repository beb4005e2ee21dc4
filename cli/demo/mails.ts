import type { ShopClient } from "../shop-client.ts";
import { settled } from "./shopper.ts";

export type Mail = { readonly to: string; readonly subject: string; readonly receivedAt: string };

/**
 * What the built-in mail server received for these shoppers, earliest first.
 * @param expected how many messages each should get; waited for a moment. With another mail server there are none
 */
export async function mailsTo(
  shop: ShopClient,
  operator: () => Promise<string>,
  expected: ReadonlyMap<string, number>,
  pause: (ms: number) => Promise<void>,
): Promise<Mail[]> {
  const read = async (to: string) => {
    const path = `/v1/notifications/sink?to=${encodeURIComponent(to)}`;
    return (await shop.must<{ data: Mail[] }>("GET", path, { token: await operator() })).data;
  };
  const mails = await Promise.all(
    [...expected].map(([to, count]) =>
      settled(
        () => read(to),
        (seen) => seen.length >= count,
        pause,
      ),
    ),
  );
  return mails
    .flat()
    .map(({ to, subject, receivedAt }) => ({ to, subject, receivedAt }))
    .sort((a, b) => (a.receivedAt < b.receivedAt ? -1 : 1));
}
