import { parseRecord } from "./csv.ts";
import type { FileLine } from "./lines.ts";
import { type Refused, textOf, UnusableLine } from "./record-text.ts";

export type CsvRecord = { readonly number: number; readonly fields: readonly string[] };

/**
 * A quoted field may hold line ends, but not more of them than a description has, nor go on once it is as long as a line may be: it is read
 * anew with each line, and so this bounds what a stray quote costs.
 */
const maxLines = 100;
const maxLength = 256 * 1024;

/**
 * The records of a CSV file after its header. When a quoted field is never closed, only the line that opened it is refused and
 * what follows is read anew: one stray quote must not swallow the rest of the file.
 */
export async function* recordsOf(
  lines: AsyncIterator<FileLine>,
  delimiter: string,
): AsyncGenerator<CsvRecord | Refused> {
  let again: FileLine[] = [];
  const next = async (): Promise<FileLine | undefined> => {
    const first = again.shift();
    if (first) return first;
    const { done, value } = await lines.next();
    return done ? undefined : value;
  };

  for (let line = await next(); line; line = await next()) {
    const { number } = line;
    const followers: FileLine[] = [];
    let record: ReturnType<typeof parseRecord>;
    try {
      let text = textOf(line);
      if (text.trim() === "") continue;
      record = parseRecord(text, delimiter);
      while (record === "unfinished" && followers.length < maxLines && text.length < maxLength) {
        const follower = await next();
        if (!follower) break;
        followers.push(follower);
        text += `\n${textOf(follower)}`;
        record = parseRecord(text, delimiter);
      }
    } catch (error) {
      if (!(error instanceof UnusableLine)) throw error;
      again = [...followers, ...again];
      yield { number, reason: error.message };
      continue;
    }
    if (Array.isArray(record)) {
      yield { number, fields: record };
      continue;
    }
    again = [...followers, ...again];
    yield {
      number,
      reason:
        record === "unfinished" ? "A quote is opened and never closed." : "A quote is closed before the field ends.",
    };
  }
}
