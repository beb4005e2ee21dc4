import type { Readable } from "node:stream";

/** Reads `application/x-www-form-urlencoded`; the endpoint's body limit bounds it. */
export async function readForm(stream: Readable): Promise<URLSearchParams> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return new URLSearchParams(Buffer.concat(chunks).toString());
}
