import assert from "node:assert/strict";
import { test } from "node:test";
import type { Principal } from "@souk/contract";
import { inventory } from "@souk/inventory/contract";
import { ServiceError } from "@souk/kernel";
import { errors as paymentErrors, payments } from "@souk/payments/contract";
import { products } from "@souk/products/contract";
import { shipping } from "@souk/shipping/contract";
import { fakeClock, fakeNeighbours, passingTime, passingTimeFor, sequentialIds, startForTest } from "@souk/testing";
import { anna, boris, address as germany, nobody, purchase } from "./people.fixture.ts";
import definition from "./service.ts";

const clock = fakeClock();
const newId = sequentialIds();
type Kept = {
  paymentId: string;
  orderId: string;
  status: "requires_action" | "authorized" | "captured" | "declined" | "voided";
  amount: number;
};
/** Parts that were asked for, by order. */
const parts = new Map<string, number[]>();
/** What the payments service keeps, by order. */
const kept = new Map<string, Kept>();
const held = new Set<string>();

const view = ({ amount, ...payment }: Kept) => ({
  ...payment,
  amount: { amount, currency: "EUR" },
  captured: { amount: payment.status === "captured" ? amount : 0, currency: "EUR" },
  refunded: { amount: 0, currency: "EUR" },
  ...(payment.status === "requires_action" && { action: { redirectUrl: "https://bank.example/challenge" } }),
});
function known(of: (payment: Kept) => boolean): Kept {
  const payment = [...kept.values()].find(of);
  if (!payment) throw paymentErrors.PaymentNotFound({ paymentId: "?" });
  return payment;
}
const neighbours = fakeNeighbours(
  { inventory, payments, shipping },
  {
    inventory: {
      reserve({ body: { orderId } }) {
        held.add(orderId);
        return { reservationId: orderId, status: "held" as const, expiresAt: null };
      },
      commit: ({ params: { orderId } }) => ({ reservationId: orderId, status: "committed" as const, expiresAt: null }),
      restock: () => ({}),
      release({ params: { orderId } }) {
        held.delete(orderId);
        return {};
      },
    },
    payments: {
      pay({ body: { orderId, amount, token } }) {
        const payment = kept.get(orderId) ?? {
          paymentId: newId(),
          orderId,
          status: token === "tok_reserve" ? ("authorized" as const) : ("requires_action" as const),
          amount: amount.amount,
        };
        kept.set(orderId, payment);
        return view(payment);
      },
      byId: ({ params: { paymentId } }) => view(known((payment) => payment.paymentId === paymentId)),
      authenticate({ params: { orderId }, body: { outcome } }) {
        const payment = known((payment) => payment.orderId === orderId);
        if (payment.status === "voided") throw paymentErrors.ChallengeOver({ orderId });
        if (payment.status === "requires_action") payment.status = outcome === "succeed" ? "captured" : "declined";
        return view(payment);
      },
      capture({ params: { orderId }, body: { amount } }) {
        parts.set(orderId, [...(parts.get(orderId) ?? []), amount.amount]);
        return view(known((payment) => payment.orderId === orderId));
      },
      reverse({ params: { orderId } }) {
        const payment = kept.get(orderId);
        if (payment && payment.status !== "declined") payment.status = "voided";
        return { status: "voided" as const, refunded: { amount: 0, currency: "EUR" } };
      },
    },
    shipping: { cancel: () => ({}) },
  },
);
const service = await startForTest(definition, new URL("./", import.meta.url), { neighbours, clock });
const { call, send, published } = service;
/** What is not answered at once may wait for the clock, as who writes the same order again after a pause does: so time passes. */
const during = <T>(work: Promise<T>) => passingTimeFor(clock, work, { what: "an answer", pauseMs });
/** The pauses of those who look again and again. */
const pauseMs = 2_000;
const deliver: typeof service.deliver = (event, fact) => during(service.deliver(event, fact));

await deliver(products.events.changed, {
  subject: newId(),
  sequence: 1,
  data: {
    productId: newId(),
    slug: "tea",
    title: "Tea",
    description: "",
    status: "active",
    category: "Tea",
    categorySlug: "tea",
    attributes: {},
    version: 1,
    variants: [
      {
        sku: "TEA",
        title: "Tea",
        options: {},
        price: { amount: 1_000, currency: "EUR" },
        weightGrams: 100,
        taxClass: "standard",
      },
    ],
  },
});
await deliver(shipping.events.ratesChanged, {
  subject: "rates",
  data: { rates: [{ method: "standard", currency: "EUR", countries: ["*"], maxWeightGrams: 9_000, amount: 0 }] },
});

type Shopper = { as: Principal; token?: string };
const headersOf = ({ token }: Shopper) => (token === undefined ? {} : { "x-cart-token": token });

async function checkedOut(
  shopper: Shopper,
  { prefer = "wait=5", address = germany, key = `key-${newId()}`, quantity = 1, paymentToken = "tok_3ds" } = {},
) {
  const { as } = shopper;
  const { id: cartId, cartToken } = await call("createCart", { body: {} }, { as });
  const owner = cartToken === undefined ? shopper : { as, token: cartToken };
  const headers = headersOf(owner);
  await call("setItem", { params: { cartId, sku: "TEA" }, headers, body: { quantity } }, { as });
  const body = { ...purchase, shippingAddress: address, paymentToken };
  const ask = () =>
    during(send("checkout", { params: { cartId }, headers: { ...headers, prefer }, body }, { as, key }));
  return { owner, ask, answer: await ask() };
}

type Order = Awaited<ReturnType<typeof see>>;
const see = (orderId: string, shopper: Shopper) =>
  call("byId", { params: { orderId }, headers: headersOf(shopper) }, { as: shopper.as });
const orderIn = ({ body }: { body: unknown }) => (body as { order: Order }).order; // as: a checked-out cart's answer
async function challenged(shopper: Shopper) {
  const { owner, answer, ask } = await checkedOut(shopper);
  const order = orderIn(answer);
  assert.ok(order.nextAction);
  return { owner, order, ask, paymentId: order.nextAction.paymentId };
}
const authenticate = (paymentId: string, shopper: Shopper, outcome: "succeed" | "fail" = "succeed") => {
  const input = { params: { paymentId }, headers: headersOf(shopper), body: { outcome } };
  return during(send("authenticate", input, { as: shopper.as }));
};
const until = (orderId: string, shopper: Shopper, what: string, is: (order: Order) => boolean): Promise<Order> => {
  const look = async () => {
    const order = await see(orderId, shopper);
    return is(order) && order;
  };
  return passingTime(clock, look, { what: `an order that is ${what}`, pauseMs });
};
const reaches = (orderId: string, shopper: Shopper, lifecycle: Order["lifecycle"]) =>
  until(orderId, shopper, lifecycle, (order) => order.lifecycle === lifecycle);
const waitsForProvider = (orderId: string, shopper: Shopper) =>
  until(orderId, shopper, "awaiting its provider", ({ payment }) => payment === "awaiting_provider");
/** Minutes pass as they do, and not in one leap, in which leases would lapse under whoever renews them. */
async function pass(ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 2_000) await clock.advance(Math.min(left, 2_000));
}
const codeIn = ({ body }: { body: unknown }) => (body as { error: { code: string } }).error.code; // as: a problem

test("a checkout whose bank asks answers at once what the shopper has to do", async () => {
  const { answer, ask } = await checkedOut({ as: anna });
  const { id, payment, nextAction, lifecycle, paymentId } = orderIn(answer);
  assert.deepEqual([answer.status, lifecycle, payment], [202, "pending", "requires_action"]);
  assert.deepEqual(nextAction, {
    type: "authenticate",
    paymentId,
    url: `/v1/payments/${paymentId}/authenticate`,
    redirectUrl: "https://bank.example/challenge",
    expiresAt: nextAction?.expiresAt,
  });
  const leftMs = Date.parse(nextAction?.expiresAt ?? "") - clock.now();
  assert.ok(leftMs > 14 * 60_000 && leftMs <= 15 * 60_000, `${leftMs} ms`);
  assert.ok(held.has(id), "the stock stays held meanwhile");
  assert.deepEqual((await ask()).body, answer.body, "a replay answers the same");
});

test("the order goes on when its shopper has answered the bank, and answering again changes nothing", async () => {
  const { order, owner, paymentId, ask } = await challenged({ as: anna });
  for (let i = 0; i < 2; i++) {
    const { status, body } = await authenticate(paymentId, owner);
    assert.deepEqual([status, body], [200, { paymentId, orderId: order.id, status: "captured" }]);
  }
  const confirmed = await reaches(order.id, owner, "confirmed");
  assert.deepEqual([confirmed.payment, confirmed.nextAction], ["captured", undefined]);
  assert.equal((await authenticate(paymentId, owner, "fail")).status, 200, "late, and of no effect");
  assert.equal((await see(order.id, owner)).payment, "captured");
  assert.equal((await ask()).status, 201, "who asks again gets the order as it has become");
});

test("a guest answers with the token of the cart", async () => {
  const { order, owner, paymentId } = await challenged({ as: nobody });
  assert.equal(codeIn(await authenticate(paymentId, { as: nobody })), "orders.payment_not_found");
  assert.equal(codeIn(await authenticate(paymentId, { as: nobody, token: "guessed" })), "orders.payment_not_found");
  assert.equal((await authenticate(paymentId, owner)).status, 200);
  await reaches(order.id, owner, "confirmed");
});

test("another's payment is not there, and neither is one that never was", async () => {
  const { order, owner, paymentId } = await challenged({ as: anna });
  for (const [id, as] of [
    [paymentId, boris],
    [paymentId, nobody],
    [newId(), anna],
  ] as const) {
    const answer = await authenticate(id, { as });
    assert.deepEqual([answer.status, codeIn(answer)], [404, "orders.payment_not_found"]);
  }
  assert.equal((await see(order.id, owner)).payment, "requires_action");
});

test("a bank that does not know its shopper ends the order, and the stock is let go of", async () => {
  const { order, owner, paymentId } = await challenged({ as: anna });
  const { body } = await authenticate(paymentId, owner, "fail");
  assert.deepEqual(body, { paymentId, orderId: order.id, status: "declined" });
  const rejected = await reaches(order.id, owner, "rejected");
  assert.deepEqual([rejected.reason, rejected.payment], ["payment_declined", "declined"]);
  assert.equal(held.has(order.id), false);
  assert.equal(((await authenticate(paymentId, owner)).body as { status: string }).status, "declined");
});

test("after a quarter of an hour the order is rejected, and an answer comes too late", async () => {
  const { order, owner, paymentId } = await challenged({ as: anna });
  await pass(15 * 60_000 - 10_000);
  assert.equal((await see(order.id, owner)).lifecycle, "pending");
  await pass(20_000);
  const rejected = await reaches(order.id, owner, "rejected");
  assert.deepEqual([rejected.reason, rejected.nextAction], ["payment_expired", undefined]);
  assert.equal(held.has(order.id), false);
  const late = await authenticate(paymentId, owner);
  assert.deepEqual([late.status, codeIn(late)], [409, "payments.challenge_over"]);
});

test("an order whose provider stays away is rejected when its time is up, and its stock is let go of", async () => {
  const away = paymentErrors.ProviderUnavailable();
  neighbours.payments.fail("pay").with(away);
  const { answer, owner } = await checkedOut({ as: anna }, { prefer: "" });
  const { id } = orderIn(answer);
  await waitsForProvider(id, owner);
  await pass(14 * 60_000);
  assert.equal((await see(id, owner)).lifecycle, "pending");
  assert.ok(held.has(id));
  await pass(2 * 60_000);
  const rejected = await reaches(id, owner, "rejected");
  assert.deepEqual([rejected.reason, kept.has(id), held.has(id)], ["payment_expired", false, false]);
  neighbours.payments.recover("pay");
});

test("an order whose provider comes back confirms by itself", async () => {
  neighbours.payments.fail("pay").with(paymentErrors.ProviderUnavailable());
  const { answer, owner } = await checkedOut({ as: anna }, { prefer: "", paymentToken: "tok_reserve" });
  const { id } = orderIn(answer);
  await waitsForProvider(id, owner);
  neighbours.payments.recover("pay");
  await reaches(id, owner, "confirmed");
});

test("a warehouse that nobody reaches is called by its name, not a payment", async () => {
  neighbours.inventory
    .fail("reserve")
    .with(new ServiceError("mesh.unavailable", "unavailable", "It cannot be reached."));
  const { answer, owner } = await checkedOut({ as: anna }, { prefer: "" });
  await pass(16 * 60_000);
  const rejected = await reaches(orderIn(answer).id, owner, "rejected");
  assert.equal(rejected.reason, "stock_unanswered");
  neighbours.inventory.recover("reserve");
});

test("the event alone lets the order go on: whoever took the shopper's answer may have died", async () => {
  const { order, owner, paymentId } = await challenged({ as: anna });
  for (let i = 0; i < 2; i++)
    await deliver(payments.events.authenticated, {
      subject: paymentId,
      sequence: i + 1,
      data: { paymentId, orderId: order.id, status: "captured" },
    });
  await reaches(order.id, owner, "confirmed");
  const told = (await published()).filter(({ subject }) => subject === order.id).map(({ type }) => type);
  assert.deepEqual(told, ["orders.placed.v1", "orders.confirmed.v1"]);
});

test("an order may be cancelled while its bank waits", async () => {
  const { order, owner } = await challenged({ as: anna });
  const input = { params: { orderId: order.id }, headers: {}, body: {} };
  await during(send("cancel", input, { as: anna, key: `key-${newId()}` }));
  const cancelled = await reaches(order.id, owner, "cancelled");
  assert.equal(cancelled.nextAction, undefined);
  assert.equal(held.has(order.id), false);
});

const parcel = (quantity: number) => ({
  shipmentId: newId(),
  trackingNumber: `T${newId()}`,
  lines: [{ sku: "TEA", quantity }],
});

test("what was only reserved is taken parcel by parcel, each part once, and in all it is the total", async () => {
  const { answer, owner } = await checkedOut({ as: anna }, { quantity: 3, paymentToken: "tok_reserve" });
  const { id: orderId, payment } = orderIn(answer);
  assert.deepEqual([answer.status, payment], [201, "authorized"]);
  const [first, second] = [parcel(1), parcel(2)];
  for (const [sequence, data] of [first, first].entries())
    await deliver(shipping.events.dispatched, {
      subject: first.shipmentId,
      sequence: sequence + 1,
      data: { orderId, ...data },
    });
  // Its arrival overtakes its departure.
  await deliver(shipping.events.delivered, { subject: second.shipmentId, sequence: 1, data: { orderId, ...second } });
  await passingTime(clock, () => parts.get(orderId)?.length === 2, { what: "both parts", pauseMs });
  assert.deepEqual(parts.get(orderId)?.toSorted(), [1_000, 2_000]);
  const money = { paymentId: newId(), orderId, currency: "EUR", refunded: 0 };
  const told = [1_000, 3_000, 1_000];
  for (const [n, captured] of told.entries())
    await deliver(payments.events.partCaptured, {
      subject: money.paymentId,
      sequence: n + 1,
      data: { ...money, amount: 0, captured },
    });
  const { payment: after, timeline } = await see(orderId, owner);
  assert.deepEqual([after, timeline.filter(({ what }) => /^Money taken/.test(what)).length], ["captured", 2]);
});

test("an order whose reservation of money has lapsed is cancelled", async () => {
  const { answer, owner } = await checkedOut({ as: anna }, { paymentToken: "tok_reserve" });
  const { id: orderId } = orderIn(answer);
  const data = { paymentId: newId(), orderId, currency: "EUR", amount: 0, captured: 0, refunded: 0 };
  await deliver(payments.events.expired, { subject: data.paymentId, sequence: 1, data });
  const { payment } = await reaches(orderId, owner, "cancelled");
  assert.equal(payment, "voided");
});

test("a dispute is on the order's timeline, and how it ended", async () => {
  const { answer, owner } = await checkedOut({ as: anna }, { paymentToken: "tok_reserve" });
  const { id: orderId } = orderIn(answer);
  const data = { paymentId: newId(), orderId, disputeId: "dp_1", amount: 1_000, currency: "EUR", reason: "fraudulent" };
  const at = (sequence: number) => ({ subject: data.paymentId, sequence });
  await deliver(payments.events.disputeOpened, { ...at(1), data });
  assert.equal((await see(orderId, owner)).dispute, "open");
  await deliver(payments.events.disputeClosed, { ...at(2), data: { ...data, outcome: "lost" } });
  const { dispute, timeline } = await see(orderId, owner);
  assert.equal(dispute, "lost");
  assert.deepEqual(
    timeline.slice(-2).map(({ what }) => what),
    ["Payment disputed", "Dispute lost"],
  );
});

test("an address to which no parcel would go is refused, field by field, before anything is ordered", async () => {
  const { answer } = await checkedOut({ as: anna }, { address: { ...germany, country: "US" } });
  const { error } = answer.body as { error: { code: string; details: { field: string }[] } }; // as: a problem
  assert.deepEqual([answer.status, error.code], [422, "orders.address_invalid"]);
  assert.deepEqual(
    error.details.map(({ field }) => field),
    ["/shippingAddress/region"],
  );
});
