import { randomUUID } from "node:crypto";
import { readFile, rename, writeFile } from "node:fs/promises";

/** Replaces the file as a whole, readable by its owner alone: a reader sees the old or the new content, never a part. */
export async function writePrivate(path: string, content: string): Promise<void> {
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, content, { mode: 0o600 });
  await rename(draft, path);
}

/** Undefined when there is no such file. The caller says what is in it: only souk writes these files. */
export async function readPrivateJson<T>(path: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as T;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

export const errorCode = (error: unknown): unknown =>
  error instanceof Error && "code" in error ? error.code : undefined;
/** ENOTDIR: a folder on the way is a file. */
export const isMissing = (error: unknown): boolean => ["ENOENT", "ENOTDIR"].includes(String(errorCode(error)));
