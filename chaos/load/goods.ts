import { type Client, eventually } from "../../e2e/shop/client.ts";
import { type Goods, productLine, type Tokens } from "./load.ts";

const plentyOf = 12;
const hotOf = 3;
const hotQuantity = 40;

/** What there was of each SKU that may run out: more can never have been sold. */
export const hotStock = ({ hot }: Goods): ReadonlyMap<string, number> => new Map(hot.map((sku) => [sku, hotQuantity]));

/** A small catalogue: some of which there is always enough, and a few hot ones of which there is not. */
export async function stockShop(http: Client, token: Tokens): Promise<Goods> {
  const named = (kind: string, count: number) => Array.from({ length: count }, (_, i) => `CHAOS-${kind}-${i + 1}`);
  const goods: Goods = { plenty: named("PLENTY", plentyOf), hot: named("HOT", hotOf) };
  const all = [...goods.plenty, ...goods.hot];
  await http.must("POST", "/v1/products/import", {
    token: await token("merchandiser"),
    raw: all.map((sku) => productLine(sku, 1_250)).join("\n"),
    headers: { "content-type": "application/x-ndjson" },
  });
  const operator = await token("operator");
  for (const sku of all)
    await http.must("POST", `/v1/inventory/${sku}/receipts`, {
      token: operator,
      key: `chaos-first-stock-${sku}`,
      body: { quantity: goods.hot.includes(sku) ? hotQuantity : 9_000 },
    });
  const { id, cartToken } = await http.must<{ id: string; cartToken: string }>("POST", "/v1/carts", { body: {} });
  for (const sku of all)
    await eventually(`${sku} is on sale`, async () => {
      const answer = await http.call("PUT", `/v1/carts/${id}/items/${sku}`, { cartToken, body: { quantity: 1 } });
      return answer.status === 200;
    });
  return goods;
}
