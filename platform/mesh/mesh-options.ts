import type { Chance, Clock } from "@souk/kernel";
import type { Log, Telemetry } from "@souk/telemetry";
import type { Dispatcher } from "undici";
import type { Discovery } from "./discovery.ts";
import type { Identity } from "./identity.ts";

export type MeshOptions = {
  /** The service that calls. */
  readonly caller: string;
  readonly discovery: Discovery;
  /** Without one, calls carry no proof of who makes them: only for tests. */
  readonly identity?: Identity | undefined;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly log: Log;
  readonly telemetry: Pick<Telemetry, "begin" | "metrics">;
  /** Connections to an instance, by its URL. A simulation has its own; by default undici's, over TCP. */
  readonly connect?: Connect;
};

export type Connections = Pick<Dispatcher, "dispatch" | "close" | "destroy">;
export type Connect = (url: string) => Connections;
