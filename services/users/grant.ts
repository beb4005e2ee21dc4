import type { Readable } from "node:stream";
import { errors } from "./errors.ts";

type Grant = { clientId: string; secret: string };

/**
 * Reads a client-credentials grant (RFC 6749 §4.4): the client in HTTP Basic (§2.3.1) or in the body, which may also be JSON.
 * @throws errors.BadGrant
 */
export async function readGrant(
  stream: Readable,
  mediaType: string,
  authorization: string | undefined,
): Promise<Grant> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  const fields = parse(Buffer.concat(chunks).toString(), mediaType);
  if (fields.get("grant_type") !== "client_credentials") throw errors.BadGrant();
  const basic = authorization?.startsWith("Basic ")
    ? Buffer.from(authorization.slice(6), "base64").toString()
    : undefined;
  const [clientId, secret] = basic
    ? [basic.slice(0, basic.indexOf(":")), basic.slice(basic.indexOf(":") + 1)].map(decode)
    : [fields.get("client_id"), fields.get("client_secret")];
  if (!clientId || !secret) throw errors.BadGrant();
  return { clientId, secret };
}

/** Basic credentials are form-encoded before they are joined (RFC 6749 §2.3.1). */
function decode(text: string): string {
  return new URLSearchParams(`v=${text}`).get("v") ?? "";
}

function parse(body: string, mediaType: string): Map<string, string> {
  if (mediaType !== "application/json") return new Map(new URLSearchParams(body));
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch (cause) {
    throw errors.BadGrant({ cause });
  }
  const entries = typeof value === "object" && value !== null ? Object.entries(value) : [];
  return new Map(entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"));
}
