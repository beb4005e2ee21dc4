import { readFileSync } from "node:fs";
import { Failure } from "../failure.ts";

/** What one process has for itself. */
export type InstanceSettings = {
  /** Environment variables instead of what it would get. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Another checkout of this repository to run from: another version, side by side. */
  readonly folder?: string;
};

const nothing: InstanceSettings = {};

/**
 * Reads a file of settings by instance: `{ "orders-2": { "settings": { "SOUK_LOG_LEVEL": "debug" } } }`. It is read again whenever a process
 * starts, so that one that is restarted gets what it says by then; while it cannot be read, what it last said holds.
 * @returns a function that throws a Failure when the file could never be read
 */
export function instanceSettings(path: string | undefined): (instance: string) => InstanceSettings {
  let last: Readonly<Record<string, InstanceSettings>> | undefined;
  return (instance) => {
    if (path === undefined) return nothing;
    try {
      last = JSON.parse(readFileSync(path, "utf8"));
    } catch (error) {
      if (last === undefined)
        throw new Failure(
          `${path} does not say what instances have: ${String(error)}`,
          "See docs/cli.md: --instances",
          {
            cause: error,
          },
        );
    }
    return last?.[instance] ?? nothing;
  };
}
