import type { Shop } from "../shop/running-shop.ts";

export function verifying(_shop: () => Shop): void {}
