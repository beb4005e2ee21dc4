import type { Shop } from "../shop/running-shop.ts";

export function malformed(_shop: () => Shop): void {}
