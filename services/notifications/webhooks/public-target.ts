import { type LookupAddress, type LookupOptions, lookup } from "node:dns";
import { BlockList, isIP, type LookupFunction } from "node:net";

/** Everything that is not the public internet: this machine, private networks, link-local (where clouds answer with credentials). */
const blocked = { 4: new BlockList(), 6: new BlockList() }; // two: one list would take every IPv4 address for a mapped one
for (const [network, bits] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
] as const)
  blocked[4].addSubnet(network, bits, "ipv4");
for (const [network, bits] of [
  // Unspecified, loopback, and every form in which an IPv4 address can hide: mapped, translated (NAT64), 6to4, Teredo.
  ["::", 96],
  ["::ffff:0:0", 96],
  ["64:ff9b::", 96],
  ["64:ff9b:1::", 48],
  ["100::", 64],
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
  ["5f00::", 16],
  ["fc00::", 7],
  ["fe80::", 10],
  ["fec0::", 10],
  ["ff00::", 8],
] as const)
  blocked[6].addSubnet(network, bits, "ipv6");

/** @param address IPv4 or IPv6, without brackets or a zone */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !blocked[4].check(address, "ipv4");
  return family === 6 && !blocked[6].check(address, "ipv6");
}

class NotPublic extends Error {
  override readonly name = "NotPublic";
  readonly code = "ERR_NOT_PUBLIC";
}

/** What is wrong with an address that a merchant wants webhooks at; undefined when nothing is. The names in it are looked up when it is called. */
export function problemOfTarget(url: string, allowPrivate: boolean): string | undefined {
  if (!URL.canParse(url)) return "is not a URL";
  const { protocol, hostname, username, password, hash } = new URL(url);
  if (protocol !== "https:" && !(allowPrivate && protocol === "http:")) return "must begin with https://";
  if (username !== "" || password !== "")
    return "must not contain a user or a password: the signature proves who calls";
  if (hash !== "") return "must not contain a fragment";
  const literal = hostname.replace(/^\[|\]$/g, "");
  if (allowPrivate) return undefined;
  if (
    isIP(literal)
      ? !isPublicAddress(literal)
      : !literal.includes(".") || /\.(localhost|local|internal)\.?$/i.test(literal)
  )
    return "must be reachable on the public internet";
  return undefined;
}

/**
 * Looks a name up for a connection, and refuses when any of its addresses is not public. The connection is made to exactly what was
 * looked up and checked here: a name that answers differently the second time gains nothing.
 */
export const publicLookup: LookupFunction = (hostname, options: LookupOptions, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
    if (error) return callback(error, "", 0);
    const inside = addresses.find(({ address }) => !isPublicAddress(address));
    if (inside) return callback(new NotPublic(`${hostname} leads to an address that is not public`), "", 0);
    if (options.all) return callback(null, addresses);
    const [first] = addresses;
    callback(null, first?.address ?? "", first?.family);
  });
};
