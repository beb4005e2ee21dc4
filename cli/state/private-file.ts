import { randomUUID } from "node:crypto";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { Failure } from "../failure.ts";

/**
 * Replaces the file as a whole, readable by its owner alone: a reader sees the old or the new content, never a part.
 * @param lasting it is there also after the power failed: for what cannot be made again
 */
export async function writePrivate(path: string, content: string, { lasting = false } = {}): Promise<void> {
  const draft = `${path}.${randomUUID()}`;
  try {
    await writeFile(draft, content, { mode: 0o600, flush: lasting });
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

/**
 * Undefined when there is no such file. The caller says what is in it: only souk writes these files.
 * @throws Failure when it is damaged
 */
export async function readPrivateJson<T>(path: string): Promise<T | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  try {
    return JSON.parse(text) as T;
  } catch (error) {
    throw new Failure(`${path} is damaged.`, "Put it back from a copy. In run/ it may be deleted when nothing runs.", {
      cause: error,
    });
  }
}

export const errorCode = (error: unknown): unknown =>
  error instanceof Error && "code" in error ? error.code : undefined;
/** ENOTDIR: a folder on the way is a file. */
export const isMissing = (error: unknown): boolean => ["ENOENT", "ENOTDIR"].includes(String(errorCode(error)));
