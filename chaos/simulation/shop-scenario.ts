import { type Chance, ServiceError, sleep } from "@souk/kernel";
import { orders } from "@souk/orders/contract";
import { seededChance } from "../../platform/testing/clock.ts";
import type { RunOptions, Scenario, Verdict } from "./scenario.ts";
import { Shop } from "./shop.ts";
import { addressee, paymentTokens, price, skus } from "./templates.ts";
import { verify } from "./verification.ts";

/** Faults end here; what is still wrong ten minutes later is wrong. */
const healAfterMs = 20_000;
const convergeWithinMs = 600_000;
const lookEveryMs = 1_000;
/** Quiet for so long: whatever was on its way has arrived, and whoever polls has done so. */
const settledMs = 3_000;

type Wish = {
  readonly cartId: string;
  readonly key: string;
  readonly lines: readonly { readonly sku: (typeof skus)[number]; readonly quantity: number }[];
  readonly card: keyof typeof paymentTokens;
  readonly waits: boolean;
  /** When the customer thinks better of it, if so. */
  readonly cancelAfterMs: number | undefined;
};

/** What a customer was told. */
type Told = { orderId?: string; refused?: string; isOver: boolean };

const token = "a-cart-token-of-a-guest";

function drawWish(n: number, chance: Chance): Wish {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(chance() * from.length)] as T; // as: never empty
  const count = chance() < 0.3 ? 2 : 1;
  const wanted = count === 2 ? skus : [pick(skus)];
  return {
    cartId: `00000000-0000-7000-8000-00000000000${n}`,
    key: `key-of-customer-${n}`,
    lines: wanted.map((sku) => ({ sku, quantity: 1 + Math.floor(chance() * 3) })),
    card: chance() < 0.15 ? "declined" : chance() < 0.1 ? "slow" : chance() < 0.1 ? "hanging" : "good",
    waits: chance() < 0.5,
    cancelAfterMs: chance() < 0.3 ? chance() * 8_000 : undefined,
  };
}

/** Orders, inventory, payments, shipping and the card provider as they are, with a few customers at once. */
export const shopScenario: Scenario = {
  name: "shop",
  describe: "five services whole, with customers who order, repeat themselves and cancel",
  rates(seed) {
    const chance = seededChance(seed ^ 0x0f4a);
    const some = (most: number) => (chance() < 0.5 ? chance() * most : 0);
    return {
      crash: some(0.01),
      stop: some(0.001),
      cut: some(0.01),
      lose: some(0.01),
      drop: some(0.1),
      mute: some(0.15),
      break: some(0.1),
      double: some(0.2),
      forget: some(0.3),
      postgres: some(0.02),
      slow: some(0.01),
      conflict: some(0.01),
      skew: some(0.5),
    };
  },
  run,
};

async function run({ seed, faults, weather, readable }: RunOptions): Promise<Verdict> {
  const chance = seededChance(seed);
  const many = () => (chance() < 0.3 ? 2 : 1);
  const shop = new Shop({
    seed,
    faults,
    weather,
    replicas: { orders: many(), inventory: many(), payments: many(), shipping: 1, "card-simulator": 1 },
    ...(readable && { readable }),
  });
  /** In some runs faults go on to happen when the customers have gone. */
  const openUntilMs = chance() < 0.25 ? healAfterMs : 0;
  const wishes = Array.from({ length: 1 + Math.floor(chance() * 3) }, (_, n) => drawWish(n, chance));
  const told = wishes.map((): Told => ({ isOver: false }));
  for (const { cartId, lines } of wishes)
    shop.cart(
      cartId,
      token,
      lines.map((line) => ({ ...line, unitAmount: price[line.sku] })),
    );
  for (const [n, wish] of wishes.entries()) {
    const customer = shop.caller(`customer-${n}`);
    const mine = told[n] as Told; // as: made above, one each
    // Whoever is gone waits for nothing.
    customer.process.onDeath(() => {
      mine.isOver = true;
    });
    shop.scheduler.after(chance() * 2_000, () => customer.process.isAlive && void order(customer, wish, mine));
  }
  shop.breakPostgres();

  const problems: string[] = [];
  let quietSince = Number.POSITIVE_INFINITY;
  for (;;) {
    await shop.scheduler.run(shop.scheduler.now + lookEveryMs, () => false);
    const { now } = shop.scheduler;
    if (now >= healAfterMs && !shop.faults.isHealed) {
      shop.faults.isHealed = true;
      shop.trace.say(() => "healed");
    }
    if (!told.every(({ isOver }) => isOver) || !shop.isQuiet()) quietSince = Number.POSITIVE_INFINITY;
    else if (quietSince === Number.POSITIVE_INFINITY) quietSince = now;
    const isLate = now > healAfterMs + convergeWithinMs;
    if (now - quietSince >= settledMs && now >= openUntilMs) {
      const wrong = await verify(shop);
      if (wrong.length === 0) break;
      if (isLate) problems.push(...wrong);
    }
    if (isLate) {
      problems.push(
        ...shop.restless(),
        ...told.flatMap(({ isOver }, n) => (isOver ? [] : [`customer ${n} was never answered`])),
      );
      break;
    }
  }
  problems.push(...promises(shop, wishes, told), ...shop.failures);
  const verdict = {
    problems,
    hash: shop.trace.hash,
    steps: shop.scheduler.steps,
    virtualMs: shop.scheduler.now,
    faults: shop.faults.taken,
    sites: shop.faults.sites,
    lines: shop.trace.lines,
  };
  shop.close();
  return verdict;
}

/** What the customers were told is so. */
function promises(shop: Shop, wishes: readonly Wish[], told: readonly Told[]): string[] {
  const rows = shop.database("orders").committed("orders");
  return wishes.flatMap(({ cartId }, n) => {
    const mine = rows.filter((row) => row["cart_id"] === cartId);
    const { orderId } = told[n] ?? {};
    if (mine.length > 1) return [`cart ${cartId} was ordered ${mine.length} times`];
    if (orderId !== undefined && mine[0]?.["order_id"] !== orderId)
      return [`customer ${n} was told of order ${orderId}, and there is ${String(mine[0]?.["order_id"])}`];
    return [];
  });
}

type Customer = ReturnType<Shop["caller"]>;

/** Asks until there is an answer, always with the same key, as a careful client does. */
async function insist<T>({ process: { clock } }: Customer, ask: () => Promise<T>): Promise<T | ServiceError> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      const isFinal = !["unavailable", "deadline_exceeded", "aborted", "resource_exhausted", "internal"].includes(
        error.status,
      );
      if (isFinal && error.code !== "idempotency_in_progress") return error;
    }
    await sleep(clock, Math.min(5_000, 300 * 2 ** attempt));
  }
}

async function order(customer: Customer, wish: Wish, told: Told): Promise<void> {
  const { cartId, key, card, waits, cancelAfterMs } = wish;
  const client = customer.mesh.client(orders);
  const headers = { "x-cart-token": token };
  const body = {
    email: "guest@customers.example",
    shippingAddress: addressee,
    shippingMethod: "standard" as const,
    paymentToken: paymentTokens[card],
  };
  const checkout = () =>
    client.checkout(
      { params: { cartId }, headers: waits ? { ...headers, prefer: "wait=5" } : headers, body },
      { idempotencyKey: key },
    );
  const answer = await insist(customer, checkout);
  if (answer instanceof ServiceError) told.refused = answer.code;
  else {
    const { id: orderId } = answer.order;
    told.orderId = orderId;
    if (cancelAfterMs !== undefined) {
      await sleep(customer.process.clock, cancelAfterMs);
      const cancel = () =>
        client.cancel({ params: { orderId }, headers, body: {} }, { idempotencyKey: `${key}-cancel` });
      await insist(customer, cancel);
    }
  }
  told.isOver = true;
}
