/** `word`: a name or keyword in lower case; `name`: one in double quotes, as it stands. */
export type Token = {
  readonly kind: "word" | "name" | "number" | "string" | "parameter" | "operator" | "end";
  readonly text: string;
  readonly at: number;
};

const space = /(?:\s+|--[^\n]*|\/\*[\s\S]*?\*\/)+/y;
const word = /[a-z_\u0080-\uffff][\w$\u0080-\uffff]*/iy;
// Longest first. A range in plpgsql, `1..n`, is two dots.
const operator = /::|:=|=>|->>|->|#>>|#>|\|\||<>|!=|<=|>=|@>|<@|\.\.|~\*|[-+*/%=<>(),;.[\]?~^:]/y;

const patterns = {
  quoted: /"((?:[^"]|"")*)"/y,
  string: /e?'((?:[^']|'')*)'/iy,
  dollar: /\$(\w*)\$([\s\S]*?)\$\1\$/y,
  parameter: /\$(\d+)/y,
  number: /(?:\d+(?:\.(?!\.)\d*)?|\.\d+)(?:e[+-]?\d+)?/iy,
};

/** @throws Error at a character that no rule knows */
export function tokens(text: string): Token[] {
  const found: Token[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    return pattern.exec(text);
  };
  for (;;) {
    at += take(space)?.[0].length ?? 0;
    if (at >= text.length) break;
    const token = next(take, at);
    if (!token) throw new Error(`cannot read SQL at ${JSON.stringify(text.slice(at, at + 30))}`);
    found.push(token);
    at = token.end;
  }
  found.push({ kind: "end", text: "", at });
  return found;
}

function next(take: (pattern: RegExp) => RegExpExecArray | null, at: number): (Token & { end: number }) | undefined {
  const made = (kind: Token["kind"], text: string, whole: string) => ({ kind, text, at, end: at + whole.length });
  let match = take(patterns.string);
  if (match) {
    const plain = (match[1] ?? "").replaceAll("''", "'");
    return made("string", /^e/i.test(match[0]) ? unescaped(plain) : plain, match[0]);
  }
  match = take(patterns.dollar);
  if (match) return made("string", match[2] ?? "", match[0]);
  match = take(patterns.quoted);
  if (match) return made("name", (match[1] ?? "").replaceAll('""', '"'), match[0]);
  match = take(patterns.parameter);
  if (match) return made("parameter", match[1] ?? "", match[0]);
  match = take(word);
  if (match) return made("word", match[0].toLowerCase(), match[0]);
  match = take(patterns.number);
  if (match) return made("number", match[0], match[0]);
  match = take(operator);
  return match ? made("operator", match[0], match[0]) : undefined;
}

const escapes: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r" };
const unescaped = (text: string) => text.replace(/\\(.)/g, (_, c: string) => escapes[c] ?? c);
