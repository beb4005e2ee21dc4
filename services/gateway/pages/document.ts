import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { Steps } from "@souk/contract/steps";
import { type Answer, answer, etagOf } from "@souk/http";
import { turn } from "@souk/kernel";

type Headers = Readonly<Record<string, string | undefined>>;
type Prepared = { readonly plain: Buffer; readonly gzipped: Buffer; readonly etag: string };

const compress = promisify(gzip);
const unchanging = { "cache-control": "no-cache" };

/**
 * A document that is the same for as long as the process lives. It is made when somebody first asks for it, step by step, so that requests
 * are answered meanwhile; whoever asks then waits for the same one. It is compressed once, by another thread.
 */
export function preparedDocument(
  make: () => Steps<string>,
  headers: Readonly<Record<string, string>> = unchanging,
): (request: Headers) => Promise<Answer<Uint8Array>> {
  let prepared: Promise<Prepared> | undefined;
  return async (request) => {
    prepared ??= prepare(make()).catch((error: unknown) => {
      prepared = undefined;
      throw error;
    });
    const { plain, gzipped, etag } = await prepared;
    const all = { ...headers, etag, vary: "accept-encoding" };
    return takesGzip(request["accept-encoding"])
      ? answer(200, gzipped, { ...all, "content-encoding": "gzip" })
      : answer(200, plain, all);
  };
}

async function prepare(steps: Steps<string>): Promise<Prepared> {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return { plain: Buffer.from(value), gzipped: await compress(value), etag: etagOf(value) };
    await turn();
  }
}

/** "gzip" or "*", unless with a weight of nothing. */
const takesGzip = (accepted = ""): boolean =>
  /(^|,)\s*(gzip|\*)\s*(;\s*q=(?!0(\.0*)?\s*(,|$))[^,]*)?(,|$)/i.test(accepted);
