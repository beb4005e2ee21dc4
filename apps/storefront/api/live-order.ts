import type { Output } from "@souk/contract";
import type { orders } from "@souk/orders/contract";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { orderQuery } from "./queries.ts";
import { freshen } from "./session.ts";

export type Order = Output<typeof orders.endpoints.byId.spec>;
export type Connection = "connecting" | "live" | "broken" | "over";

/** Nothing happens to it any more. */
export const isOver = ({ lifecycle }: Order): boolean =>
  lifecycle === "completed" || lifecycle === "rejected" || lifecycle === "cancelled";

const firstPauseMs = 1_000;
const longestPauseMs = 15_000;

/** Follows an order as it goes on, and connects again when the line breaks. */
export function useLiveOrder(orderId: string): Connection {
  const client = useQueryClient();
  const [connection, setConnection] = useState<Connection>("connecting");
  useEffect(() => {
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
        const order = JSON.parse(data) as Order; // as: the contract promises it
        client.setQueryData(orderQuery(orderId).queryKey, order);
        if (isOver(order)) {
          source?.close();
          setConnection("over");
        } else setConnection("live");
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
  }, [orderId, client]);
  return connection;
}
