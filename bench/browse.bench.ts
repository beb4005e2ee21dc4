/**
 * What visitors who only look ask of a shop with the sample catalogue, through the gateway: pages, a search with facets, suggestions, a product.
 *
 *   node bench/browse.bench.ts [--seconds 4] [--rounds 3]
 */
import { parseArgs } from "node:util";
import { Pool } from "undici";
import { calibrate, figures, load } from "./shared/measuring.ts";
import { record } from "./shared/record.ts";
import { benchShop } from "./shared/shop.ts";
import { show } from "./shared/show.ts";

const { values } = parseArgs({
  options: { seconds: { type: "string", default: "4" }, rounds: { type: "string", default: "3" } },
});
const ms = Number(values.seconds) * 1_000;

const shop = await benchShop({ sample: true });
const pool = new Pool(shop.address, { connections: 32 });
async function get(path: string): Promise<string> {
  const answer = await pool.request({ method: "GET", path });
  const text = await answer.body.text();
  if (answer.statusCode !== 200) throw new Error(`GET ${path} answered ${answer.statusCode}: ${text}`);
  return text;
}
const { data, pagination } = JSON.parse(await get("/v1/products?limit=20")) as {
  data: { slug: string }[];
  pagination: { pages: number };
};
let turn = 0;
const words = ["brass", "linen", "oak", "cotton", "lamp", "soap", "jug", "board"];
const visits: Readonly<Record<string, () => Promise<string>>> = {
  "a page of the catalogue": () => get(`/v1/products?limit=20&page=${1 + (turn++ % pagination.pages)}`),
  "a search with facets": () => get(`/v1/products?limit=20&q=${words[turn++ % words.length]}&inStock=true`),
  suggestions: () => get(`/v1/products/suggest?q=${words[turn++ % words.length]?.slice(0, 3)}`),
  "a product": () => get(`/v1/products/${data[turn++ % data.length]?.slug}`),
};
const noted = figures();
const calibration = [];
try {
  for (const visit of Object.values(visits)) await load(visit, 16, ms / 2);
  for (let n = 0; n < Number(values.rounds); n++) {
    calibration.push(await calibrate());
    for (const [what, visit] of Object.entries(visits))
      for (const concurrency of [1, 16]) {
        const before = await shop.cpuMs();
        const { perSecond, p50Ms, p99Ms, done } = await load(visit, concurrency, ms);
        const at = `${what}, ${concurrency} at once`;
        noted.note(at, "1/s", perSecond);
        noted.note(`${at}: p50`, "ms", p50Ms);
        noted.note(`${at}: p99`, "ms", p99Ms);
        noted.note(`${at}: CPU of all processes`, "ms", ((await shop.cpuMs()) - before) / done);
      }
  }
} finally {
  await pool.close();
  await shop.stop();
}
show(
  record({
    bench: "browse",
    about:
      "Visitors who only look, through the gateway of a whole shop with the sample catalogue of 200 products; visitors and shop share the machine.",
    command: "node bench/browse.bench.ts",
    calibration,
    figures: noted.done(),
  }),
);
