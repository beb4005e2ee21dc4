import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { Readable } from "node:stream";
import type { Progress } from "../progress.ts";
import type { ShopClient } from "../shop-client.ts";

export type ProductReport = {
  readonly lines: number;
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly rejected: number;
  /** The first of them. */
  readonly failed: readonly { readonly line: number; readonly reason: string }[];
};
type Deps = { readonly shop: ShopClient; readonly progress: Progress; readonly token: string };

/**
 * Sends a file of products in one upload: the shop loads it as it arrives, and reads no faster than it loads, so that what is sent is what
 * is done. When the connection breaks it is sent again: what is so already is not changed, and quickly passed over.
 */
export async function importProducts(
  file: string,
  mediaType: string,
  { shop, progress, token }: Deps,
): Promise<ProductReport> {
  const { size } = await stat(file);
  return progress.bytes("Products", size, (sent) =>
    shop.must<ProductReport>("POST", "/v1/products/import", {
      upload: { mediaType, content: () => counted(createReadStream(file), sent) },
      token,
    }),
  );
}

/** The same, saying how many bytes were taken from it so far. */
export function counted(source: Readable, sent: (bytes: number) => void): Readable {
  async function* pieces() {
    let bytes = 0;
    for await (const piece of source) {
      yield piece;
      bytes += Buffer.byteLength(piece);
      sent(bytes);
    }
  }
  return Readable.from(pieces(), { objectMode: false });
}
