import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ShopClient } from "./shop-client.ts";
import { repository } from "./state/home.ts";

type Stocked = { readonly sku: string; readonly quantity: number };
export type SampleReport = { readonly products: number; readonly skus: number };

const folder = join(repository, "services/products/sample");
const atOnce = 8;

/** Puts the sample catalogue and its opening stock into the shop. Safe to repeat: what is there already stays as it is. */
export async function loadSample(
  shop: ShopClient,
  tokens: { readonly merchandiser: () => Promise<string>; readonly operator: () => Promise<string> },
): Promise<SampleReport> {
  const [catalogue, opening] = await Promise.all(
    ["catalogue.ndjson", "opening-stock.ndjson"].map((file) => readFile(join(folder, file), "utf8")),
  );
  const { lines } = await shop.must<{ lines: number }>("POST", "/v1/products/import", {
    upload: { mediaType: "application/x-ndjson", content: catalogue ?? "" },
    token: await tokens.merchandiser(),
  });
  const stock = (opening ?? "")
    .split("\n")
    .filter(Boolean)
    .map((line): Stocked => JSON.parse(line));
  let next = 0;
  const lane = async () => {
    for (let one = stock[next++]; one; one = stock[next++])
      await shop.must("POST", `/v1/inventory/${encodeURIComponent(one.sku)}/receipts`, {
        body: { quantity: one.quantity },
        idempotencyKey: `opening-stock:${one.sku}`,
        token: await tokens.operator(),
      });
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return { products: lines, skus: stock.length };
}
