import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";
import type { Mutant } from "./mutants.ts";

const root = new URL("../../", import.meta.url);
let planted: Mutant | undefined;

/** The text with the mutant's change in it. @throws Error when its place is not there exactly once: the code has moved on */
function changed(text: string, { name, file, find, replace }: Mutant): string {
  const parts = text.split(find);
  if (parts.length !== 2)
    throw new Error(
      `the mutant "${name}" finds its place in ${file} ${parts.length - 1} times and not once: mend chaos/simulation/mutants.ts`,
    );
  return parts.join(replace);
}

/**
 * Has every module that is loaded from now on loaded with the mutant's change. Only for a thread of its own: nothing of it can be
 * in production, where the code holds no switch, and nothing can be taken back.
 */
export function plant(mutant: Mutant): void {
  if (planted) throw new Error(`${planted.name} has been planted here already`);
  planted = mutant;
  const target = new URL(mutant.file, root).href;
  registerHooks({
    load(url, context, next) {
      const loaded = next(url, context);
      if (url !== target || loaded.source === undefined || loaded.source === null) return loaded;
      return { ...loaded, source: changed(String(loaded.source), mutant) };
    },
  });
}

/** A migration's text, with what has been planted in it. */
export function migrationText(file: URL): string {
  const text = readFileSync(file, "utf8");
  return planted && fileURLToPath(new URL(planted.file, root)) === fileURLToPath(file) ? changed(text, planted) : text;
}
