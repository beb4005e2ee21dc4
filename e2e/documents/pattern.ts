/**
 * JSON as a page shows it: `…` stands for what is left out (a value, further members or elements, part of a text), and `$name` in a text
 * for something that later requests use.
 */
export type Pattern =
  | { readonly kind: "anything" }
  | { readonly kind: "scalar"; readonly value: number | boolean | null }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "list"; readonly items: readonly Pattern[]; readonly isOpen: boolean }
  | { readonly kind: "object"; readonly members: readonly (readonly [string, Pattern])[]; readonly isOpen: boolean };

/** What `$name` stands for, by name. */
export type Names = ReadonlyMap<string, string>;

const token = /\s*(?:(…)|("(?:[^"\\]|\\.)*")|([{}[\],:])|(-?\d+(?:\.\d+)?|true|false|null))/y;

/** @throws Error that says where the text is no such JSON */
export function parsePattern(source: string): Pattern {
  let at = 0;
  const take = (): string => {
    token.lastIndex = at;
    const found = token.exec(source);
    if (!found) throw new Error(`not as JSON is written, from here: ${source.slice(at, at + 60)}`);
    at = token.lastIndex;
    return found[0].trim();
  };
  const next = (): string => {
    const before = at;
    const found = take();
    at = before;
    return found;
  };

  /** The members of a list or an object up to `end`; a `…` among them leaves the rest open. */
  function members<T>(end: string, one: () => T): { all: T[]; isOpen: boolean } {
    const all: T[] = [];
    let isOpen = false;
    while (next() !== end) {
      if (next() === "…") {
        take();
        isOpen = true;
      } else all.push(one());
      if (next() === ",") take();
    }
    take();
    return { all, isOpen };
  }

  function value(): Pattern {
    const found = take();
    if (found === "…") return { kind: "anything" };
    if (found === "[") {
      const { all: items, isOpen } = members("]", value);
      return { kind: "list", items, isOpen };
    }
    if (found === "{") {
      const { all, isOpen } = members("}", () => {
        const name: string = JSON.parse(take());
        if (take() !== ":") throw new Error(`no colon after "${name}"`);
        return [name, value()] as const;
      });
      return { kind: "object", members: all, isOpen };
    }
    const known = JSON.parse(found);
    return typeof known === "string" ? { kind: "text", text: known } : { kind: "scalar", value: known };
  }

  const pattern = value();
  if (source.slice(at).trim() !== "") throw new Error(`something follows: ${source.slice(at, at + 60)}`);
  return pattern;
}

/**
 * The first place where an answer is not as the page says; undefined when it is. A `$name` that stands for nothing yet is given its
 * meaning in `names`; elements after a `…` in a list may be anywhere after those before it.
 */
export function mismatch(pattern: Pattern, actual: unknown, names: Map<string, string>, at = ""): string | undefined {
  const differs = (expected: string) => `${at || "the answer"} is ${JSON.stringify(actual)}, and not ${expected}`;
  switch (pattern.kind) {
    case "anything":
      return undefined;
    case "scalar":
      return actual === pattern.value ? undefined : differs(String(pattern.value));
    case "text":
      return typeof actual === "string" && matchText(pattern.text, actual, names) ? undefined : differs(pattern.text);
    case "list": {
      if (!Array.isArray(actual)) return differs("a list");
      if (pattern.isOpen) return subsequence(pattern.items, actual, names, at);
      if (actual.length !== pattern.items.length) return differs(`a list of ${pattern.items.length}`);
      return firstOf(pattern.items, (item, index) => mismatch(item, actual[index], names, `${at}/${index}`));
    }
    case "object": {
      if (typeof actual !== "object" || actual === null || Array.isArray(actual)) return differs("an object");
      const known = new Map<string, unknown>(Object.entries(actual));
      const more = [...known.keys()].filter((name) => !pattern.members.some(([member]) => member === name));
      if (!pattern.isOpen && more.length > 0) return `${at || "the answer"} has ${more.join(", ")} as well`;
      return firstOf(pattern.members, ([name, member]) =>
        known.has(name) ? mismatch(member, known.get(name), names, `${at}/${name}`) : `${at}/${name} is not there`,
      );
    }
  }
}

function firstOf<T>(items: readonly T[], look: (item: T, index: number) => string | undefined): string | undefined {
  for (const [index, item] of items.entries()) {
    const found = look(item, index);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** In a list with things left out: each of `items` in its order. */
function subsequence(items: readonly Pattern[], actual: unknown[], names: Map<string, string>, at: string) {
  let from = 0;
  for (const item of items) {
    let why = `${at} has nothing more`;
    const found = actual.findIndex((value, index) => {
      if (index < from) return false;
      const tried = new Map(names);
      const complaint = mismatch(item, value, tried, `${at}/${index}`);
      if (complaint !== undefined) why = complaint;
      else for (const [name, meaning] of tried) names.set(name, meaning);
      return complaint === undefined;
    });
    if (found < 0) return why;
    from = found + 1;
  }
  return undefined;
}

/** As itself in a regular expression. */
const escaped = (text: string) => text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");

const variable = /\$([a-z][a-zA-Z]*)/g;

function matchText(text: string, actual: string, names: Map<string, string>): boolean {
  const fresh: string[] = [];
  const source = text
    .split(/(\$[a-z][a-zA-Z]*|…)/)
    .map((part) => {
      if (part === "…") return "[\\s\\S]*";
      const name = part.startsWith("$") ? part.slice(1) : undefined;
      if (name === undefined || !/^\$[a-z]/.test(part)) return escaped(part);
      const known = names.get(name);
      if (known !== undefined) return escaped(known);
      fresh.push(name);
      return "([^\\s\"'&<>]+)";
    })
    .join("");
  const found = new RegExp(`^${source}$`).exec(actual);
  if (!found) return false;
  for (const [index, name] of fresh.entries()) names.set(name, found[index + 1] ?? "");
  return true;
}

/** The text with what its `$name`s stand for. @throws Error when one stands for nothing yet */
export const filledIn = (text: string, names: Names): string =>
  text.replace(variable, (_, name: string) => {
    const known = names.get(name);
    if (known === undefined) throw new Error(`nothing says what $${name} is`);
    return known;
  });
