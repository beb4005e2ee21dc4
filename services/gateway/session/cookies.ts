/** The cookies of a request by name; of two with one name the first counts, which has the longer path (RFC 6265 §5.4). */
export function cookiesOf(header: string | undefined): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const pair of header?.split(";") ?? []) {
    const at = pair.indexOf("=");
    const name = pair.slice(0, at).trim();
    if (name !== "" && at > 0 && !found.has(name)) found.set(name, pair.slice(at + 1).trim());
  }
  return found;
}

export type Cookie = {
  readonly name: string;
  readonly value: string;
  /** The addresses below which the browser sends it back. */
  readonly path: string;
  readonly maxAgeSeconds: number;
};

/**
 * No script reads them, and no other site's page can make a browser send them.
 * @param secure only over HTTPS: what a shop that is reached so must say
 */
export const cookieWriter =
  (secure: boolean) =>
  ({ name, value, path, maxAgeSeconds }: Cookie): string =>
    `${name}=${value}; Path=${path}; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Strict${secure ? "; Secure" : ""}`;
