import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Contract } from "@souk/contract";
import type { SpanNode } from "@souk/telemetry";
import { serviceFile } from "../system.ts";
import { spansOf } from "../trace.ts";

/** What one service did within a trace, in its contract's words. */
export type Deeds = {
  readonly service: string;
  readonly spans: number;
  readonly failed: number;
  /** What it answered, which steps of a saga it took, which events it heard of; each once. */
  readonly did: readonly string[];
};

/** One entry per service, in the order in which they came in. */
export async function deedsOf(roots: readonly SpanNode[]): Promise<Deeds[]> {
  const byService = Map.groupBy(spansOf(roots), ({ service }) => service);
  return Promise.all(
    [...byService].map(async ([service, spans]) => {
      const summaries = await summariesOf(service);
      const did = spans.flatMap(({ kind, name }) => {
        if (kind === "server") return [summaries.get(name) ?? `passed on ${name}`];
        if (kind === "consumer") return [name.replace(/^process /, "heard of ")];
        return kind === "internal" ? [name] : [];
      });
      const failed = spans.filter(({ error }) => error !== undefined).length;
      return { service, spans: spans.length, failed, did: [...new Set(did)] };
    }),
  );
}

/** `POST /internal/reservations` → what the contract calls it. What is not in it was passed on: the gateway. */
async function summariesOf(service: string): Promise<ReadonlyMap<string, string>> {
  const file = join(dirname(serviceFile(service)), "contract.ts");
  const exported: Record<string, unknown> = await import(pathToFileURL(file).href);
  const contract = Object.values(exported).find(isContract);
  return new Map(
    Object.values(contract?.endpoints ?? {}).map(({ method, path, spec }) => [`${method} ${path}`, spec.summary]),
  );
}

const isContract = (value: unknown): value is Contract =>
  typeof value === "object" && value !== null && "endpoints" in value && "events" in value;
