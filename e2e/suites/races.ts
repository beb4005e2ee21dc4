import type { Shop } from "../shop/running-shop.ts";

export function races(_shop: () => Shop): void {}
