import assert from "node:assert/strict";
import { test } from "node:test";
import type { Shop } from "../shop/running-shop.ts";
import { assertSound } from "../shop/sound.ts";

export function aftermath(shop: () => Shop): void {
  test("every invariant holds", () => assertSound(shop()));

  test("no service died on the way", async () => {
    const died = (await shop().status()).filter(({ restarts, state }) => restarts > 0 || state !== "ready");
    assert.deepEqual(died, []);
  });
}
