import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, test } from "node:test";
import { instant } from "@souk/kernel";
import { fakeClock, testDatabase } from "@souk/testing";
import { insertWebhooks } from "./db/webhooks.ts";
import { sendWebhooks } from "./webhook-sender.ts";

const { db, sql } = await testDatabase({
  sets: [{ module: "card-simulator", directory: new URL("db/migrations/", import.meta.url) }],
});
const merchant = { status: 200, told: 0 };
const shop = createServer((_, response) => {
  merchant.told++;
  response.writeHead(merchant.status).end();
});
await new Promise<void>((resolve) => shop.listen(0, "127.0.0.1", resolve));
after(() => {
  shop.close();
  shop.closeAllConnections();
});
const url = `http://127.0.0.1:${(shop.address() as AddressInfo).port}/`; // as: it listens on TCP
const clock = fakeClock();
const log = { info() {}, warn() {}, error() {} };
const sendDue = sendWebhooks({ db, clock, log, url, secret: "s" });
const notify = (webhookId: string) =>
  insertWebhooks(db, "charge:1", "charge.succeeded", [{ webhookId, dueAt: instant(clock.now()) }]);

/** How long after the last try the next one comes, in whole seconds. */
async function nextTryAfter(): Promise<number> {
  const { told } = merchant;
  for (let seconds = 1; ; seconds++) {
    await clock.advance(1_000);
    await sendDue();
    if (merchant.told > told) return seconds;
    assert.ok(seconds < 10_000, "it is never sent again");
  }
}

test("what was taken is not sent again", async () => {
  await notify("evt_1");
  await sendDue();
  assert.equal(merchant.told, 1);
  await clock.advance(86_400_000);
  await sendDue();
  assert.equal(merchant.told, 1);
});

test("what was refused is sent again, less and less often", async () => {
  merchant.status = 503;
  await notify("evt_2");
  await sendDue();
  const pauses = [await nextTryAfter(), await nextTryAfter(), await nextTryAfter()];
  assert.deepEqual(pauses, [10, 20, 40]);
  merchant.status = 200;
  assert.equal(await nextTryAfter(), 80);
  assert.deepEqual(await sql`select webhook_id as id from webhooks where sent_at is null`, []);
});

test("a merchant that cannot be reached is tried again later", async () => {
  await notify("evt_3");
  const nowhere = sendWebhooks({ db, clock, log, url: "http://127.0.0.1:1/", secret: "s" });
  await nowhere();
  assert.equal(await nextTryAfter(), 10);
});
