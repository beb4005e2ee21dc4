import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { systemClock } from "@souk/kernel";
import { createIdentity, type Identity } from "@souk/mesh";
import type { Shop } from "./running-shop.ts";

/** The identity with which a service of the shop proves itself to others: what somebody has who has taken its key. */
export async function identityOf(shop: Shop, service: string): Promise<Identity> {
  const privateKeyJwk = JSON.parse(await readFile(join(shop.home, "identities", `${service}.jwk`), "utf8"));
  return createIdentity({ service, privateKeyJwk, clock: systemClock });
}
