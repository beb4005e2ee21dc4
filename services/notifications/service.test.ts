import assert from "node:assert/strict";
import { test } from "node:test";
import type { Principal } from "@souk/contract";
import { users } from "@souk/users/contract";
import { merchandiser, newId, startNotifications, support } from "./test-notifications.ts";

const shop = await startNotifications({ SOUK_PICKUP_ADDRESS: "Souk at the harbour, Pier 3, 20457 Hamburg" });
const {
  call,
  send,
  sql,
  deliver,
  origin,
  letters,
  newOrder,
  confirm,
  fill,
  dispatch,
  refund,
  returning,
  abandon,
  contacts,
  end,
  cancelRest,
  runLow,
  mailTo,
  deliveriesTo,
  until,
} = shop;
const customer = (id = newId()): Principal => ({ kind: "user", id, roles: ["customer"], sessionId: "s" });
const letter = (kind: "welcome" | "reset-password", letterId = newId()) =>
  deliver(users.events.letterDue, { subject: letterId, data: { letterId, kind } });

test("a confirmed order is written about, by real mail, in text and HTML", async () => {
  const order = newOrder();
  await confirm(order);
  const [mail, ...none] = await mailTo(order.email, 1);
  assert.deepEqual(none, []);
  assert.equal(mail?.subject, `Your order ${order.number} is confirmed`);
  assert.match(mail?.text ?? "", /2 × Blue cup {2}9\.00 EUR/);
  assert.match(mail?.text ?? "", /Shipping: 4\.90 EUR\s+Total: 13\.90 EUR/);
  const { html } = await call("sinkMail", { params: { mailId: mail?.id ?? "" } }, { as: support });
  assert.match(html, /Blue cup[\s\S]*9\.00 EUR[\s\S]*13\.90 EUR/);
});

test("what is told again is not written again", async () => {
  const order = newOrder();
  const eventId = await confirm(order);
  await mailTo(order.email, 1);
  await confirm(order, eventId);
  await refund(order, 100); // written after it, so whatever the copy would have caused is here by then
  const mails = await mailTo(order.email, 2);
  assert.deepEqual(mails.map(({ subject }) => subject.replace(order.number, "N")).toSorted(), [
    "A refund for your order N",
    "Your order N is confirmed",
  ]);
});

test("each thing that happens to an order is written about in its own words", async () => {
  const order = newOrder();
  await confirm(order);
  await dispatch(order);
  await refund(order, 1_390);
  await end(order, "cancelled", "customer");
  const mails = await mailTo(order.email, 4);
  const textOf = (words: string) => mails.find(({ subject }) => subject.includes(words))?.text ?? "";
  assert.match(
    textOf("on its way"),
    /2 × Blue cup[\s\S]*SK0123456789[\s\S]*https:\/\/shop\.example\/track\/SK0123456789/,
  );
  assert.match(textOf("refund"), /Refund: 13\.90 EUR/);
  assert.match(textOf("cancelled"), /given back/);
  const rejected = newOrder();
  await end(rejected, "rejected", "out_of_stock");
  const [mail] = await mailTo(rejected.email, 1);
  assert.match(mail?.text ?? "", /out of stock/);
});

test("what was picked up is not said to be on its way", async () => {
  const order = newOrder();
  await confirm(order);
  await dispatch(order, true);
  const mails = await mailTo(order.email, 2);
  const [letter] = mails.filter(({ subject }) => subject === `Your order ${order.number} was picked up`);
  assert.match(letter?.text ?? "", /2 × Blue cup[\s\S]*SK0123456789/);
});

test("who picks up is told where, what is not there yet, and when that has come", async () => {
  const [picked, sent] = [newOrder(), newOrder()];
  const backordered = [{ sku: "CUP", quantity: 1 }];
  for (const [order, method] of [[picked, "pickup"] as const, [sent, "standard"] as const]) {
    await confirm(order, newId(), method, { backordered });
    await fill(order, method);
  }
  const [first, second] = await mailTo(picked.email, 2);
  const letters = [first, second].toSorted((a, b) => ((a?.subject ?? "") < (b?.subject ?? "") ? -1 : 1));
  const [filled, confirmed] = letters.map((mail) => mail?.text ?? "");
  const place = /Pick it up at[\s\S]*Souk at the harbour\s+Pier 3\s+20457 Hamburg/;
  assert.match(confirmed ?? "", place);
  assert.match(confirmed ?? "", /Not in stock yet\. We write again[\s\S]*1 × Blue cup/);
  assert.match(filled ?? "", /has come[\s\S]*1 × Blue cup/);
  assert.match(filled ?? "", place);
  await refund(sent, 100); // written after whatever its stock would have caused
  const subjects = (await mailTo(sent.email, 2)).map(({ subject }) => subject.replace(sent.number, "N"));
  assert.deepEqual(subjects.toSorted(), ["A refund for your order N", "Your order N is confirmed"]);
});

test("each step of a return is written about, with the label and what comes of it", async () => {
  const order = newOrder();
  await confirm(order);
  const steps = returning(order);
  for (const step of [steps.request, steps.label, steps.receive, steps.reject, steps.lose]) await step();
  const mails = await mailTo(order.email, 6);
  const textOf = (words: string) => mails.find(({ subject }) => subject.includes(words))?.text ?? `no mail: ${words}`;
  assert.match(textOf(`Your return from order ${order.number}`), /R-1|arrived|approved/);
  assert.match(textOf("label"), /1 × Blue cup[\s\S]*https:\/\/shop\.example\/return-labels\/abc[\s\S]*2030-02-01/);
  assert.match(textOf("has arrived"), /1 × Blue cup[\s\S]*What came back cost: 4\.50 EUR/);
  assert.match(textOf("not approved"), /Why: worn/);
  assert.match(textOf("is lost"), /1 × Blue cup[\s\S]*SK77/);
});

test("who left a cart behind is reminded where their account is written to; a guest cannot be", async () => {
  const userId = newId();
  contacts.set(userId, { email: "left@example.com", name: "L", locale: "de" });
  await abandon(null);
  await abandon(userId);
  const [mail] = await mailTo("left@example.com", 1);
  assert.equal(mail?.subject, "Sie haben etwas liegen lassen");
  assert.match(mail?.text ?? "", /1 × Blue cup[\s\S]*https:\/\/shop\.example\/\n/);
  assert.equal((await deliveriesTo("left@example.com")).length, 1);
});

test("an event that overtakes the order's own waits for it, and is then written about", async () => {
  const order = newOrder();
  await assert.rejects(dispatch(order), /contact_unknown/);
  await confirm(order);
  const mails = await mailTo(order.email, 2);
  assert.equal(mails.filter(({ subject }) => subject.includes("on its way")).length, 1);
});

test("people are written to in the language they chose, guests in that of the shop", async () => {
  const userId = newId();
  const order = newOrder(userId);
  await deliver(users.events.registered, { subject: userId, sequence: 1, data: { userId, locale: "de" } });
  await confirm(order);
  assert.match((await mailTo(order.email, 1))[0]?.subject ?? "", /^Ihre Bestellung/);
  const changed = { userId, locale: "en" as const, emailVerified: true, groups: [] };
  await deliver(users.events.profileChanged, { subject: userId, sequence: 3, data: changed });
  await deliver(users.events.profileChanged, { subject: userId, sequence: 2, data: { ...changed, locale: "de" } });
  const next = newOrder(userId);
  await confirm(next);
  assert.match((await mailTo(next.email, 1))[0]?.subject ?? "", /^Your order/);
  const guest = newOrder();
  await confirm(guest);
  assert.match((await mailTo(guest.email, 1))[0]?.text ?? "", /13\.90 EUR/);
});

test("a letter about an account is sent to whom users says, with the token that only the mail has", async () => {
  const letterId = newId();
  letters.set(letterId, {
    userId: newId(),
    email: "new@example.com",
    name: "Nora",
    locale: "en",
    token: "s3cret-token",
  });
  await letter("welcome", letterId);
  const [mail] = await mailTo("new@example.com", 1);
  assert.match(
    mail?.text ?? "",
    /Hello Nora,[\s\S]*https:\/\/shop\.example\/letters\/verify-address\?token=s3cret-token/,
  );
  const kept = await sql`select d::text as text from deliveries d where letter_id = ${letterId}`;
  assert.equal(/s3cret|new@example/.test(JSON.stringify(kept)), false);
  assert.deepEqual(
    (await deliveriesTo("new@example.com")).map(({ template }) => template),
    ["welcome"],
  );
});

test("operators hear of low stock", async () => {
  await runLow("LANTERN-1");
  const [mail] = await mailTo("operations@souk.example", 1);
  assert.deepEqual(
    [mail?.subject, /Available: 3\nThreshold: 5/.test(mail?.text ?? "")],
    ["Low stock: LANTERN-1", true],
  );
});

test("whoever gave a telephone number is told of parcels there too, and whoever took it back is not", async () => {
  const as = customer();
  const id = as.kind === "user" ? as.id : "";
  assert.deepEqual(await call("preferences", {}, { as }), { reminders: true, phone: null });
  const wish = { reminders: false, phone: "+491701234567" };
  assert.deepEqual(await call("setPreferences", { body: wish }, { as }), wish);
  assert.equal((await send("setPreferences", { body: { ...wish, phone: "0170 1234567" } }, { as })).status, 422);
  const order = newOrder(id);
  await confirm(order);
  await dispatch(order);
  const [sms, ...none] = await mailTo(wish.phone, 1);
  assert.deepEqual(
    [sms?.channel, sms?.text, none],
    ["sms", `Your order ${order.number} is on its way https://shop.example/track/SK0123456789`, []],
  );
  await call("setPreferences", { body: { ...wish, phone: null } }, { as });
  await dispatch(order);
  await mailTo(order.email, 3);
  assert.equal((await shop.sinkOf(wish.phone)).length, 1);
  assert.equal((await shop.dump()).includes(wish.phone), true, "in the sink, which is for development");
});

test("one click ends reminders, without signing in and without a page between; a made-up link does nothing", async () => {
  const { unsubscribing } = await import("./unsubscribe.ts");
  const { createHash } = await import("node:crypto");
  const key = createHash("sha256").update("SOUK_UNSUBSCRIBE_KEY").digest("base64url"); // as the test kit makes it
  const as = customer();
  const subject = `user:${as.kind === "user" ? as.id : ""}`;
  const token = unsubscribing({ current: key, accepted: [key] }).token({ subject, category: "reminders" });
  const url = `${origin}/v1/unsubscribe/${token}`;
  const page = await (await fetch(url)).text();
  assert.match(page, /<form method="post"/);
  assert.equal((await call("preferences", {}, { as })).reminders, true, "looking does nothing: mail scanners look");
  for (let i = 0; i < 2; i++) {
    const answer = await fetch(url, { method: "POST", body: new URLSearchParams({ "List-Unsubscribe": "One-Click" }) });
    assert.equal(answer.status, 200);
  }
  assert.equal((await call("preferences", {}, { as })).reminders, false);
  const forged = `${token.slice(0, -2)}${token.endsWith("AA") ? "BB" : "AA"}`;
  assert.equal(
    (await fetch(`${origin}/v1/unsubscribe/${forged}`, { method: "POST", body: new URLSearchParams() })).status,
    404,
  );
});

test("who gets only a part of an order is told which, and what it costs", async () => {
  const order = newOrder();
  await confirm(order);
  for (let i = 0; i < 2; i++) await cancelRest(order);
  const mails = await mailTo(order.email, 2);
  const letter = mails.find(({ subject }) => subject === `The rest of your order ${order.number} is cancelled`);
  assert.match(
    letter?.text ?? "",
    /1 × Blue cup {2}4\.50 EUR\n\s*Not charged: 6\.95 EUR\nCharged for what we sent: 6\.95 EUR/,
  );
});

test("operators see every message as it would be sent, with facts of their own", async () => {
  const { data } = await call("templates", {}, { as: support });
  assert.equal(data.length, 23);
  for (const { name } of data)
    for (const locale of ["en", "de"] as const) {
      const shown = await call("preview", { params: { template: name }, body: { locale } }, { as: support });
      assert.ok(shown.subject !== "" && shown.text !== "" && shown.html.includes(`lang="${locale}"`), name);
    }
  const body = { locale: "de" as const, facts: { number: "MINE-1" } };
  assert.match(
    (await call("preview", { params: { template: "order-cancelled" }, body }, { as: support })).subject,
    /MINE-1/,
  );
  const wrong = { facts: { lines: "none" } };
  assert.equal(
    (await send("preview", { params: { template: "order-confirmed" }, body: wrong }, { as: support })).status,
    422,
  );
  const misspelt = await send(
    "preview",
    { params: { template: "order-cancelled" }, body: { facts: { nubmer: "A" } } },
    { as: support },
  );
  assert.match((misspelt.body as { detail: string }).detail, /says nubmer; it is told number/); // as: a problem
  assert.equal(
    (await send("preview", { params: { template: "order-cancelled" }, body: {} }, { as: customer() })).status,
    403,
  );
});

test("every mail has an id of its own that a mail server accepts", async () => {
  const order = newOrder();
  await confirm(order);
  await refund(order, 1);
  const ids = (await mailTo(order.email, 2)).map(({ messageId }) => messageId);
  assert.equal(new Set(ids).size, 2);
  for (const id of ids) assert.match(id, /^<[0-9a-f-]{36}@souk\.example>$/);
});

test("support sees what became of each message", async () => {
  const order = newOrder();
  await confirm(order);
  await mailTo(order.email, 1);
  const [{ template, attempts, sentAt, recipient } = assert.fail("none"), ...none] = await until("sent", async () => {
    const found = await deliveriesTo(order.email);
    return found[0]?.status === "sent" && found;
  });
  assert.deepEqual([template, attempts, recipient, none], ["order-confirmed", 1, order.email, []]);
  assert.ok(sentAt !== null);
  const all = await call("deliveries", { query: { limit: 2 } }, { as: support });
  assert.equal(all.data.length, 2);
  assert.ok(all.pagination.total > 2);
});

test("nobody else reads mail", async () => {
  for (const list of ["deliveries", "sink"] as const) {
    assert.equal((await send(list, { query: {} })).status, 401);
    assert.equal((await send(list, { query: {} }, { as: customer() })).status, 403);
    assert.equal((await send(list, { query: {} }, { as: merchandiser })).status, 403);
  }
});

test("who is written to stands nowhere in the clear but in the sink of development", async () => {
  const order = newOrder();
  await confirm(order);
  await mailTo(order.email, 1);
  await sql`delete from sink`;
  await sql`delete from chassis.parked`;
  assert.equal((await shop.dump()).includes(order.email), false);
  assert.equal((await shop.dump()).includes(order.orderId), true, "the dump is one");
});

test("in the end each message was sent exactly once", async () => {
  const number = async (status: string) => (await sql`select 1 from deliveries where status = ${status}`).length;
  await until("all is over", async () => (await number("pending")) === 0);
  const doubled = await sql`
    select 1 from deliveries group by event_id, template, channel, recipient_key having count(*) > 1`;
  assert.deepEqual([await number("failed"), doubled], [0, []]);
});
