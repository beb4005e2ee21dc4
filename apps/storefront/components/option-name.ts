import type { Words } from "../i18n/index.tsx";

/** What sellers call an option, in the reader's language where we have the word. */
export function optionName({ t, has }: Words, name: string): string {
  const key = `attribute.${name}`;
  return has(key) ? t(key) : name;
}
