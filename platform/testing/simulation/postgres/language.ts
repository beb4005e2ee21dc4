import { compileQuery } from "./compile-query.ts";
import type { Language } from "./compiler.ts";
import { routineCode } from "./routines.ts";

/** SQL as the model speaks it. */
export const language: Language = {
  query: compileQuery,
  routine: (catalog, name, transition) => routineCode(language, catalog, name, transition),
};
