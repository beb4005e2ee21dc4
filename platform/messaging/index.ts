export type { Handler, Message, Publish, Subscription, Transport } from "./types.ts";
