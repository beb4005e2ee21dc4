import { isUtf8 } from "node:buffer";
import { RequestProblem } from "./problems.ts";

const maxDepth = 32;

/**
 * Reads a body as JSON that means the same to every reader. Beyond the syntax it refuses what parsers disagree about or
 * databases cannot hold: bad UTF-8, a member given twice, `__proto__` and `constructor`, lone surrogates, NUL, numbers that a
 * double cannot keep, more than 32 levels.
 *
 * JSON.parse and two cheap passes: measured 4.2 µs for a body of 600 bytes, of which JSON.parse is 2.2; 0.6 ms for 256 KiB.
 * @throws RequestProblem that says what to mend
 */
export function parseJson(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) throw malformed("The body is not valid UTF-8.");
  const text = bytes.toString("utf8");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw malformed(`The body is not valid JSON${error instanceof SyntaxError ? reasonOf(error) : ""}.`);
  }
  const { members, escapes } = scan(text);
  // JSON.parse keeps the last of two members with one name; the text has more colons than the value has members.
  if (inspect(value, escapes) !== members) throw malformed("The body has an object that gives the same member twice.");
  return value;
}

/** What V8 says without the text around the mistake that it quotes: that may be a password. */
function reasonOf({ message }: SyntaxError): string {
  const place = /^(.*?) in JSON at position \d+ \((line \d+ column \d+)\)$/s.exec(message);
  if (place) return `: ${place[1]} at ${place[2]}`;
  const token = /^Unexpected token '.{1,2}'/s.exec(message)?.[0];
  return token === undefined ? (message === "Unexpected end of JSON input" ? ": it ends too early" : "") : `: ${token}`;
}

const malformed = (detail: string) => new RequestProblem("malformed_json", detail);

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const MINUS = 0x2d;
const NINE = 0x39;

/** Looks at the text outside strings, which is known to be valid JSON. */
function scan(text: string): { members: number; escapes: boolean } {
  let members = 0;
  let depth = 0;
  let escapes = false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === QUOTE) {
      for (i++; ; i++) {
        const inside = text.charCodeAt(i);
        if (inside === QUOTE) break;
        if (inside !== BACKSLASH) continue;
        escapes = true;
        i++;
      }
    } else if (c === COLON) {
      members++;
    } else if (c === OPEN_OBJECT || c === OPEN_ARRAY) {
      if (++depth > maxDepth) throw malformed(`The body is nested more than ${maxDepth} levels deep.`);
    } else if (c === CLOSE_OBJECT || c === CLOSE_ARRAY) {
      depth--;
    } else if (c >= MINUS && c <= NINE) {
      const end = endOfNumber(text, i);
      if (end - i > 15 || hasExponent(text, i, end)) assertKept(text.slice(i, end));
      i = end - 1;
    }
  }
  return { members, escapes };
}

function endOfNumber(text: string, start: number): number {
  let i = start + 1;
  for (; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (!((c >= 0x30 && c <= 0x39) || c === 0x2e || c === 0x2b || c === 0x2d || c === 0x65 || c === 0x45)) break;
  }
  return i;
}

function hasExponent(text: string, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if ((text.charCodeAt(i) | 0x20) === 0x65) return true;
  return false;
}

/** A double keeps a number when, written with as many digits or as JavaScript writes it, it is the number that was sent. */
function assertKept(token: string) {
  const kept = Number(token);
  const digits = significant(token);
  const exact =
    Number.isFinite(kept) &&
    digits.length <= 100 &&
    // The second: of two neighbours with as many digits, the shortest text for a double need not be the nearest.
    (significant(kept.toPrecision(digits.length || 1)) === digits || significant(String(kept)) === digits);
  if (exact && (Number.isSafeInteger(kept) || !Number.isInteger(kept))) return;
  throw malformed(
    `The number ${token.length > 40 ? `${token.slice(0, 40)}…` : token} is larger or more precise than can be kept.`,
  );
}

/** "-0.01250e3" → "125" */
const significant = (number: string) => number.replace(/[eE].*|[-.]/g, "").replace(/^0+|0+$/g, "");

/** Counts the members of `value` and refuses what must not be in it. Recursion is safe: the depth has been checked. */
function inspect(value: unknown, escapes: boolean): number {
  if (typeof value === "string") {
    // Only an escape can smuggle in what UTF-8 and the grammar already exclude.
    if (escapes) assertText(value);
    return 0;
  }
  if (typeof value !== "object" || value === null) return 0;
  let members = 0;
  if (Array.isArray(value)) {
    for (const item of value) members += inspect(item, escapes);
    return members;
  }
  for (const key in value) {
    if (key === "__proto__" || key === "constructor") throw malformed(`A member must not be called ${key}.`);
    if (escapes) assertText(key);
    members += 1 + inspect((value as Record<string, unknown>)[key], escapes);
  }
  return members;
}

function assertText(text: string) {
  if (!text.isWellFormed()) throw malformed("The body has half of a surrogate pair (\\ud800 to \\udfff) in a string.");
  if (text.includes("\0")) throw malformed("The body has the character NUL (\\u0000) in a string.");
}
