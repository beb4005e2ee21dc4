import { createHash } from "node:crypto";

/** A constant text with `$1…`, and the name under which each connection prepares it once. */
export type Statement = { readonly name: string; readonly text: string };

// The strings of a tagged template are one object per place in the source, so this lookup replaces building and hashing the text.
const known = new WeakMap<TemplateStringsArray, Statement>();

export function statementOf(strings: TemplateStringsArray): Statement {
  const found = known.get(strings);
  if (found) return found;
  const text = strings.reduce((before, part, i) => `${before}$${i}${part}`).trim();
  const name = createHash("sha256").update(text).digest("base64url").slice(0, 22);
  const statement = { name, text };
  known.set(strings, statement);
  return statement;
}
