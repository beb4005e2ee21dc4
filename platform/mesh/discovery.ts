/** One process of a service. */
export type Instance = {
  /** Unique in its service; shown to people. */
  readonly instance: string;
  /** Scheme, host and port. */
  readonly url: string;
};

/** Where the instances of a service are. The mesh asks on every call, so an answer must cost nothing. */
export type Discovery = {
  /** The same array until something changes; empty when none is known. */
  readonly instances: (service: string) => readonly Instance[];
  readonly close: () => void;
};

const none: readonly Instance[] = [];

/**
 * A fixed list: `orders=http://10.0.0.1:80,inventory=http://10.0.0.2:80`. A name given several times has several instances.
 * @throws Error with a sentence that says what to mend
 */
export function parseInstances(text: string): Readonly<Record<string, readonly Instance[]>> {
  const map: Record<string, Instance[]> = {};
  for (const entry of text.split(",").map((part) => part.trim())) {
    if (entry === "") continue;
    const [, service, address] = /^([a-z][a-z0-9-]*)=(.+)$/.exec(entry) ?? [];
    if (service === undefined || address === undefined) throw new Error(`"${entry}" is not name=http://host:port.`);
    const known = map[service] ?? [];
    map[service] = [...known, { instance: `${service}-${known.length + 1}`, url: originOf(address) }];
  }
  return map;
}

/** @throws Error when it is not a plain http(s) origin */
export function originOf(address: string): string {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.pathname !== "/" || url.search !== "" || url.username !== "")
    throw new Error(`"${address}" is not the address of a server; write http://host:port.`);
  return url.origin;
}

export const staticInstances = (map: Readonly<Record<string, readonly Instance[]>>): Discovery => ({
  instances: (service) => map[service] ?? none,
  close() {},
});
