import type { Draw } from "./draw.ts";

/** What a pattern consists of: the subset of regular expressions that a schema needs. */
type Part =
  | { readonly kind: "characters"; readonly from: readonly string[] }
  | { readonly kind: "choice"; readonly of: readonly Part[] }
  | { readonly kind: "sequence"; readonly of: readonly Part[] }
  | { readonly kind: "repeat"; readonly part: Part; readonly least: number; readonly most: number };

const ascii = Array.from({ length: 0x5f }, (_, i) => String.fromCharCode(0x20 + i));
/** What classes are filled with: everything printable in ASCII, and letters of one to four bytes beyond it. */
const alphabet: readonly string[] = [...ascii, "é", "ß", "Ω", "中", "🛒", "\t", "\n"];
/** More of what has no upper bound than its least. */
const more = 8;

const known = new Map<string, Part>();

/** A text that matches `pattern`. @throws Error for what is not understood: lookarounds, back references */
export function textMatching(pattern: string, draw: Draw): string {
  const part = known.get(pattern) ?? parse(pattern);
  known.set(pattern, part);
  return sample(part, draw);
}

function sample(part: Part, draw: Draw): string {
  switch (part.kind) {
    case "characters":
      return draw.one(part.from);
    case "choice":
      return sample(draw.one(part.of), draw);
    case "sequence":
      return part.of.map((one) => sample(one, draw)).join("");
    case "repeat": {
      const times = draw.integer(part.least, Math.min(part.most, part.least + more));
      return Array.from({ length: times }, () => sample(part.part, draw)).join("");
    }
  }
}

function parse(pattern: string): Part {
  let at = 0;
  const fail = (why: string): never => {
    throw new Error(`the pattern ${pattern} is not understood at ${at}: ${why}`);
  };
  const fromClass = (source: string): Part => {
    const fits = new RegExp(`^${source}$`, "u");
    const from = alphabet.filter((character) => fits.test(character));
    return from.length > 0 ? { kind: "characters", from } : fail("nothing we know is in this class");
  };

  function choice(): Part {
    const of = [sequence()];
    while (pattern[at] === "|") {
      at++;
      of.push(sequence());
    }
    return of.length === 1 && of[0] ? of[0] : { kind: "choice", of };
  }

  function sequence(): Part {
    const of: Part[] = [];
    while (at < pattern.length && pattern[at] !== "|" && pattern[at] !== ")") {
      if (pattern[at] === "^" || pattern[at] === "$") at++;
      else of.push(quantified(atom()));
    }
    return { kind: "sequence", of };
  }

  function atom(): Part {
    const character = String.fromCodePoint(pattern.codePointAt(at) ?? 0);
    if (character === "(") {
      at++;
      if (pattern.startsWith("?:", at)) at += 2;
      else if (pattern[at] === "?") fail("a lookaround");
      const inside = choice();
      at++; // ")"
      return inside;
    }
    if (character === "[") {
      const end = /^\[(?:\\.|[^\]\\])*\]/su.exec(pattern.slice(at))?.[0] ?? fail("a class without end");
      at += end.length;
      return fromClass(end);
    }
    if (character === "\\") {
      const escaped = /^\\(?:u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|p\{[^}]*\}|.)/su.exec(pattern.slice(at))?.[0] ?? "";
      if (/\d/.test(escaped[1] ?? "")) fail("a back reference");
      at += escaped.length;
      return fromClass(escaped);
    }
    at += character.length;
    return character === "." ? fromClass(".") : { kind: "characters", from: [character] };
  }

  function quantified(part: Part): Part {
    const sign = /^(?:[*+?]|\{(\d+)(,?)(\d*)\})\??/.exec(pattern.slice(at));
    if (!sign) return part;
    at += sign[0].length;
    const [text, least, comma, most] = sign;
    const repeat = (from: number, to: number): Part => ({ kind: "repeat", part, least: from, most: to });
    if (text.startsWith("*")) return repeat(0, Infinity);
    if (text.startsWith("+")) return repeat(1, Infinity);
    if (text.startsWith("?")) return repeat(0, 1);
    return repeat(Number(least), comma === "" ? Number(least) : most === "" ? Infinity : Number(most));
  }

  const whole = choice();
  return at === pattern.length ? whole : fail("a closing bracket too many");
}
