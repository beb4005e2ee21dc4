import { randomUUID } from "node:crypto";
import { sleep } from "@souk/kernel";
import { traceIdOf } from "@souk/telemetry";
import { roleToken } from "../access-tokens.ts";
import { commandClock } from "../clock.ts";
import { Failure } from "../failure.ts";
import { type ShopClient, shopClient } from "../shop-client.ts";
import type { Home } from "../state/home.ts";
import { spansOf, traceOf } from "../trace.ts";
import { openProviderBook } from "./book.ts";
import { deedsOf } from "./deeds.ts";
import { somethingToSell } from "./goods.ts";
import { mailsTo } from "./mails.ts";
import { settled, shopper } from "./shopper.ts";
import { stories } from "./stories.ts";
import type { teller } from "./tell.ts";

const pause = (ms: number) => sleep(commandClock, ms);
const clock = { monotonic: commandClock.monotonic, pause };

/**
 * Sells a few things through the public API of a running shop, then shows what it did.
 * @param tell hears of each part as soon as it is known  @returns all of it, for programs
 */
export async function demo(
  home: Home,
  address: string,
  temporary: boolean,
  tell: ReturnType<typeof teller> | undefined,
) {
  const begun = commandClock.monotonic();
  const shop = shopClient(address, pause);
  const book = await openProviderBook(home);
  try {
    const operator = roleToken(shop, home, "operator", commandClock.now);
    const merchandiser = roleToken(shop, home, "merchandiser", commandClock.now);
    tell?.opened(address, temporary);
    const { goods, loaded } = await somethingToSell(shop, { operator, merchandiser }, pause);
    if (loaded) tell?.loaded(loaded.products, loaded.skus);
    const [first, second, third, fourth] = goods;
    if (!first || !second || !third || !fourth)
      throw new Failure("There are not four things in stock to sell.", "See: souk logs products");

    // Every run has shoppers of its own, so that their mail can be told apart.
    const run = randomUUID().slice(0, 8);
    const guest = (name: string) => shopper(shop, clock, `${name}-${run}@shopper.example`);
    const scene = stories({ shop, operator, pause });
    // Takes as long as the shop waits for the provider, so it goes on meanwhile and is told last.
    const unansweredLater = scene.unanswered(guest("patient"), fourth, 1, book);
    unansweredLater.catch(() => {}); // thrown where it is awaited

    const confirmed = await scene.confirmed(guest("guest"), first, 2);
    tell?.confirmed(confirmed);
    const declined = await scene.declined(guest("declined"), second, 1);
    tell?.declined(declined);
    const cancelled = await scene.cancelled(await customer(shop, `customer-${run}@shopper.example`), third, 1);
    tell?.cancelled(cancelled);
    const unanswered = await unansweredLater;
    tell?.unanswered(unanswered);
    tell?.timeline(cancelled.order);

    const expected = new Map([
      [confirmed.email, 1],
      [declined.email, 1],
      [cancelled.email, 3],
      [unanswered.email, 1],
    ]);
    const mails = await mailsTo(shop, operator, expected, pause);
    tell?.mails(mails);

    const traceId = confirmed.traceparent === undefined ? undefined : traceIdOf(confirmed.traceparent);
    const trace = traceId === undefined ? [] : await wholeTrace(home, traceId);
    tell?.trace(confirmed.order, traceId, trace);
    const services = await deedsOf(trace);
    tell?.deeds(services);
    const ms = Math.round(commandClock.monotonic() - begun);
    tell?.ended(ms, temporary);
    const timeline = cancelled.order.timeline;
    return { address, loaded, confirmed, declined, cancelled, unanswered, timeline, mails, trace, services, ms };
  } finally {
    await Promise.all([shop.close(), book.close()]);
  }
}

/** Somebody with an account, signed in. */
async function customer(shop: ShopClient, email: string) {
  const { accessToken } = await shop.must<{ accessToken: string }>("POST", "/v1/auth/register", {
    body: { email, password: randomUUID(), name: "Demo Customer" },
  });
  return shopper(shop, clock, email, accessToken);
}

/** Spans are written a moment after they end: reads until two looks see the same. */
async function wholeTrace(home: Home, traceId: string) {
  let before = -1;
  return settled(
    () => traceOf(home, traceId),
    (roots) => {
      const now = spansOf(roots).length;
      const same = now > 0 && now === before;
      before = now;
      return same;
    },
    () => pause(250), // longer than a service holds its spans back
  );
}
