import { mkdir, open, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { isMissing } from "../state/private-file.ts";

/** What became of one cart of an invoice. A cart is written down before it is ordered, so that a second run orders the same one. */
export type Entry = {
  readonly key: string;
  readonly cartId: string;
  readonly cartToken?: string;
  readonly outcome?: {
    readonly accepted: boolean;
    readonly amount: number;
    readonly reason?: string;
    readonly orderId?: string;
  };
};

/** An append-only file of entries, the last of a key counts. A torn last line, left by a crash, says nothing. */
export async function openJournal(path: string) {
  const entries = new Map<string, Entry>();
  for (const line of (await readIfThere(path)).split("\n")) {
    const entry = parse(line);
    if (entry) entries.set(entry.key, entry);
  }
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const file = await open(path, "a", 0o600);
  await file.write("\n"); // ends a torn line
  return {
    find: (key: string): Entry | undefined => entries.get(key),
    entries: (): Iterable<Entry> => entries.values(),
    async put(entry: Entry): Promise<void> {
      entries.set(entry.key, entry);
      await file.write(`${JSON.stringify(entry)}\n`);
      if (!entry.outcome) await file.datasync();
    },
    close: () => file.close(),
  };
}
export type Journal = Awaited<ReturnType<typeof openJournal>>;

async function readIfThere(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (isMissing(error)) return "";
    throw error;
  }
}

function parse(line: string): Entry | undefined {
  if (line === "") return undefined;
  try {
    return JSON.parse(line) as Entry;
  } catch {
    return undefined;
  }
}
