import { useSyncExternalStore } from "react";
import { stored } from "./stored.ts";

/** What was ordered last in this browser: a guest has no list of orders, and a page may be left before it says where the order is. */
const last = stored<{ readonly orderId?: string }>("souk.ordered", {});

export const rememberOrder = (orderId: string | undefined): void => last.set(orderId === undefined ? {} : { orderId });
export const useLastOrder = (): string | undefined => useSyncExternalStore(last.subscribe, () => last.get().orderId);
