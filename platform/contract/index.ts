export * from "./access.ts";
export * from "./endpoint.ts";
export * from "./event.ts";
export * from "./schemas.ts";

import type { Endpoint } from "./endpoint.ts";
import type { EventType } from "./event.ts";

/** The only door of a service: what it answers and what it publishes. Portable: it runs in a browser too. */
export type Contract = {
  readonly name: string;
  readonly endpoints: Readonly<Record<string, Endpoint>>;
  readonly events: Readonly<Record<string, EventType>>;
};

export const defineContract = <const C extends Contract>(contract: C): C => contract;
