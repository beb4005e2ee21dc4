import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { Order } from "./newest-order.ts";
import { orderQuery } from "./queries.ts";
import { freshen } from "./session.ts";

export type Connection = "connecting" | "live" | "broken" | "over";

/** Nothing more happens to it by itself, and nothing of it is on its way back. */
export const isOver = ({ lifecycle, refunds, returnRequests = [] }: Order): boolean =>
  (lifecycle === "completed" || lifecycle === "rejected" || lifecycle === "cancelled") &&
  returnRequests.every(({ status }) => status !== "requested" && status !== "approved") &&
  refunds.every(({ status }) => status !== "granted");

const firstPauseMs = 1_000;
const longestPauseMs = 15_000;

/** Follows an order as it goes on, and connects again when the line breaks. @param over whether there is nothing more to follow */
export function useLiveOrder(orderId: string, over: boolean): Connection {
  const client = useQueryClient();
  const [connection, setConnection] = useState<Exclude<Connection, "over">>("connecting");
  useEffect(() => {
    if (over) return undefined;
    let source: EventSource | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let pauseMs = firstPauseMs;
    let isGone = false;

    const connect = async () => {
      await freshen().catch(() => {}); // the stream itself will tell
      if (isGone) return;
      source = new EventSource(`/v1/orders/${encodeURIComponent(orderId)}/events`);
      source.onmessage = ({ data }) => {
        pauseMs = firstPauseMs;
        setConnection("live");
        client.setQueryData(orderQuery(orderId).queryKey, JSON.parse(data) as Order); // as: the contract promises it
      };
      source.onerror = () => {
        // The browser's own attempts would not refresh the session.
        source?.close();
        if (isGone) return;
        setConnection("broken");
        timer = setTimeout(() => void connect(), pauseMs);
        pauseMs = Math.min(pauseMs * 2, longestPauseMs);
      };
    };
    void connect();
    return () => {
      isGone = true;
      source?.close();
      clearTimeout(timer);
    };
  }, [orderId, over, client]);
  return over ? "over" : connection;
}
