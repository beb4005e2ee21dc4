import { type Clock, sleep } from "@souk/kernel";
import { roleToken } from "../access-tokens.ts";
import { loadSample, type SampleReport } from "../sample.ts";
import { shopClient } from "../shop-client.ts";
import type { Home } from "../state/home.ts";

/**
 * Puts the sample catalogue into a shop that has nothing to sell. Safe to repeat, also after it was interrupted.
 * @returns undefined when there was something for sale
 */
export async function stockEmptyShop(home: Home, address: string, clock: Clock): Promise<SampleReport | undefined> {
  const shop = shopClient(address, (ms) => sleep(clock, ms));
  try {
    const { pagination } = await shop.must<{ pagination: { total: number } }>("GET", "/v1/products?limit=1");
    if (pagination.total > 0) return undefined;
    const token = (role: "merchandiser" | "operator") => roleToken(shop, home, role, clock.now);
    return await loadSample(shop, { merchandiser: token("merchandiser"), operator: token("operator") });
  } finally {
    await shop.close();
  }
}
