import { readFile } from "node:fs/promises";
import { evaluate } from "../../services/recommendations/service.ts";
import { Failure } from "../failure.ts";
import { type Io, printJson } from "../io.ts";
import { table } from "../table.ts";

/** @param path of a file of baskets, one a line: what was bought, in order, separated by commas */
export async function benchRecommendations(path: string, io: Io, json: boolean): Promise<number> {
  const baskets = await readBaskets(path);
  io.err(
    `${baskets.length.toLocaleString("en")} baskets: learning from 80 %, asking about the last thing of each other one`,
  );
  const results = evaluate(baskets);
  if (json) printJson(io, results);
  else {
    const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
    const rows = results.map(({ name, hitRate, coverage, asked }) => [
      name,
      percent(hitRate),
      percent(coverage),
      asked.toLocaleString("en"),
    ]);
    for (const line of table([["MODEL", "HIT RATE AT 10", "COVERAGE", "ASKED"], ...rows], [1, 2, 3])) io.out(line);
  }
  return 0;
}

async function readBaskets(path: string): Promise<string[][]> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    throw new Failure(`${path} cannot be read.`, cause instanceof Error ? cause.message : undefined, { cause });
  }
  return text
    .split("\n")
    .map((line) =>
      line
        .split(",")
        .map((thing) => thing.trim())
        .filter(Boolean),
    )
    .filter((basket) => basket.length > 0);
}
