import { Resolver } from "node:dns/promises";
import type { Clock } from "@souk/kernel";
import type { Log } from "@souk/telemetry";
import type { Discovery, Instance } from "./discovery.ts";

/** The two questions that are asked of DNS. */
export type Lookup = {
  readonly resolveSrv: (name: string) => Promise<readonly { name: string; port: number; priority: number }[]>;
  readonly resolve4: (name: string, options: { ttl: true }) => Promise<readonly { address: string; ttl: number }[]>;
};

export type DnsOptions = {
  /**
   * Where a service is found: `http://{service}.souk.svc.cluster.local:8080` asks for A records (a headless service: one per
   * pod); `srv+http://_http._tcp.{service}.souk.svc.cluster.local` for SRV records, which know the port too.
   */
  readonly template: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly lookup?: Lookup;
};

/** SRV answers come without their TTL; and a TTL of 0 must not mean a question per call. */
const MIN_TTL_MS = 5_000;
const MAX_TTL_MS = 30_000;
const none: readonly Instance[] = [];

type Known = { instances: readonly Instance[]; askAgainAt: number; asking: boolean };

/** @throws Error with a sentence that says what to mend */
export function parseDnsTemplate(template: string): {
  readonly isSrv: boolean;
  readonly urlOf: (service: string) => URL;
} {
  const isSrv = template.startsWith("srv+");
  const pattern = isSrv ? template.slice(4) : template;
  const address = (service: string) => pattern.replace("{service}", service);
  if (!pattern.includes("{service}") || !/^https?:/.test(pattern) || !URL.canParse(address("name")))
    throw new Error(
      `"${template}" does not say where a {service} is; write http://{service}.souk.svc.cluster.local:8080.`,
    );
  return { isSrv, urlOf: (service) => new URL(address(service)) };
}

/** Asks DNS again when an answer has expired, behind the calls: they go on with the last good answer meanwhile. */
export function dns({
  template,
  clock,
  log,
  lookup = new Resolver({ timeout: 1_000, tries: 2 }),
}: DnsOptions): Discovery {
  const { isSrv, urlOf } = parseDnsTemplate(template);
  const services = new Map<string, Known>();

  const ask = async (service: string): Promise<{ instances: Instance[]; ttlMs: number }> => {
    const url = urlOf(service);
    if (isSrv) {
      const records = await lookup.resolveSrv(url.hostname);
      const best = Math.min(...records.map(({ priority }) => priority));
      const instances = records
        .filter(({ priority }) => priority === best)
        .map(({ name, port }) => ({ instance: `${name}:${port}`, url: `${url.protocol}//${name}:${port}` }));
      return { instances, ttlMs: MIN_TTL_MS };
    }
    const port = url.port === "" ? "" : `:${url.port}`;
    const records = await lookup.resolve4(url.hostname, { ttl: true });
    return {
      instances: records.map(({ address }) => ({ instance: address, url: `${url.protocol}//${address}${port}` })),
      ttlMs: Math.min(...records.map(({ ttl }) => ttl * 1000)),
    };
  };

  const refresh = async (service: string, known: Known): Promise<void> => {
    known.asking = true;
    try {
      const { instances, ttlMs } = await ask(service);
      const sorted = instances.toSorted((a, b) => (a.instance < b.instance ? -1 : 1));
      if (JSON.stringify(sorted) !== JSON.stringify(known.instances)) known.instances = sorted;
      known.askAgainAt = clock.monotonic() + Math.min(MAX_TTL_MS, Math.max(MIN_TTL_MS, ttlMs));
    } catch (error) {
      log.warn("DNS does not say where a service is; the last answer holds", { service, error });
      known.askAgainAt = clock.monotonic() + MIN_TTL_MS;
    } finally {
      known.asking = false;
    }
  };

  return {
    instances(service) {
      let known = services.get(service);
      if (!known) {
        known = { instances: none, askAgainAt: Number.NEGATIVE_INFINITY, asking: false };
        services.set(service, known);
      }
      if (!known.asking && clock.monotonic() >= known.askAgainAt) void refresh(service, known);
      return known.instances;
    },
    close: () => services.clear(),
  };
}
