import type { Log, Telemetry } from "@souk/telemetry";
import type { Trace } from "../../platform/testing/simulation/trace.ts";

/** Logs into the run's trace; spans and metrics go nowhere. */
export function meshTelemetry(trace: Trace, name: string): Telemetry {
  const say = (level: string) => (message: string, fields?: Readonly<Record<string, unknown>>) =>
    trace.say(() => `${name} ${level}: ${message} ${fields?.["error"] === undefined ? "" : String(fields["error"])}`);
  const log: Log = { debug() {}, info: say("info"), warn: say("warn"), error: say("error") };
  const none = () => {};
  const metrics = {
    count: none,
    gauge: none,
    duration: () => none,
    serverCalls: () => none,
    clientCalls: () => none,
  };
  // as: what services and chassis use of it; spans and metrics say nothing that a run depends on
  return {
    begin: () => undefined,
    span: (_: string, __: object, run: () => unknown) => run(),
    log,
    metrics,
  } as unknown as Telemetry;
}
