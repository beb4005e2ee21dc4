import type { Clock } from "@souk/kernel";
import type { Log } from "@souk/telemetry";
import { type Discovery, type Instance, originOf } from "./discovery.ts";
import { watchFile } from "./watched-file.ts";

type Services = Readonly<Record<string, readonly Instance[]>>;

const none: readonly Instance[] = [];

/**
 * The file in which `souk up` says what runs: `{ "orders": [{ "instance": "orders-1", "url": "http://127.0.0.1:4001" }] }`.
 * A file that is not there yet is an empty one.
 */
export function fileRegistry(options: { path: string; clock: Clock; log: Log }): Discovery {
  const file = watchFile<Services>({ ...options, missing: {}, parse });
  return { instances: (service) => file.current()[service] ?? none, close: file.close };
}

function parse(text: string): Services {
  const content: unknown = JSON.parse(text);
  if (typeof content !== "object" || content === null) throw new Error("the registry is not an object");
  return Object.fromEntries(
    Object.entries(content).map(([service, list]: [string, unknown]) => {
      if (!Array.isArray(list)) throw new Error(`the registry's entry for ${service} is not a list`);
      return [service, list.map(instanceOf)];
    }),
  );
}

function instanceOf(entry: unknown): Instance {
  if (typeof entry !== "object" || entry === null || !("instance" in entry) || !("url" in entry))
    throw new Error("an instance lacks its name or address");
  return { instance: String(entry.instance), url: originOf(String(entry.url)) };
}
