import { afterSale } from "./corruptions/after-sale.ts";
import type { Corruption } from "./corruptions/corruption.ts";
import { messages } from "./corruptions/messages.ts";
import { money } from "./corruptions/money.ts";
import { orders } from "./corruptions/orders.ts";
import { stock } from "./corruptions/stock.ts";
import { views } from "./corruptions/views.ts";

/** At least one for each check of `souk verify`, and one for each question that a check asks of its own. */
export const corruptions: readonly Corruption[] = [...money, ...stock, ...orders, ...afterSale, ...messages, ...views];
