import { linesOf } from "./lines.ts";
import { type Refused, textOf, UnusableLine } from "./record-text.ts";

export type JsonLine = { readonly number: number; readonly value: unknown };

/** The values of an NDJSON file as they arrive; empty lines are none. */
export async function* jsonLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<JsonLine | Refused> {
  for await (const line of linesOf(chunks)) {
    const { number } = line;
    try {
      const text = textOf(line);
      if (text.trim() === "") continue;
      yield { number, value: valueIn(text) };
    } catch (error) {
      if (!(error instanceof UnusableLine)) throw error;
      yield { number, reason: error.message };
    }
  }
}

function valueIn(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new UnusableLine(`The line is not JSON: ${error.message}.`);
  }
  // Only an escape can write half a character: what was UTF-8 has none.
  if (text.includes("\\u") && !isWellFormed(value))
    throw new UnusableLine("The line has half of a surrogate pair (\\ud800 to \\udfff) in it.");
  return value;
}

/** PostgreSQL cannot hold half a character. */
function isWellFormed(value: unknown): boolean {
  if (typeof value === "string") return value.isWellFormed();
  if (typeof value !== "object" || value === null) return true;
  return Object.entries(value).every(([key, member]) => key.isWellFormed() && isWellFormed(member));
}
