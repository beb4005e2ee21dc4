import assert from "node:assert/strict";
import type { Shop } from "./running-shop.ts";

/** `souk verify` finds nothing wrong, once what is on its way has arrived. */
export async function assertSound(shop: Shop, settleSeconds = 60): Promise<void> {
  const { ok, checks } = await shop.verify(settleSeconds);
  const broken = checks.filter((check) => !check.ok).map(({ name, problems }) => ({ name, problems }));
  assert.deepEqual(broken, []);
  assert.ok(ok && checks.length > 15);
}
