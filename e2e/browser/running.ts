import type { Browser } from "playwright-core";
import type { Shop } from "../shop/running-shop.ts";

/** A shop with the sample catalogue, and a browser to look at it. */
export type Running = () => { readonly shop: Shop; readonly browser: Browser };
