import { randomUUID } from "node:crypto";
import { filledIn, type Names } from "./pattern.ts";

export type CurlRequest = {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Text, or the name of a file below the repository. */
  readonly body: { readonly text: string } | { readonly file: string } | undefined;
};

/** A curl command as pages use it. @throws Error for an option that is not known here, or a `$name` that stands for nothing */
export function curlRequest(command: string, names: Names): CurlRequest {
  const [program, ...words] = shellWords(command, names);
  if (program !== "curl") throw new Error(`only curl is run: ${command}`);
  const headers: Record<string, string> = {};
  let method: string | undefined;
  let url: string | undefined;
  let body: CurlRequest["body"];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? "";
    const value = () => words[++at] ?? "";
    if (word === "-X") method = value();
    else if (word === "-H") {
      const [name = "", ...rest] = value().split(":");
      headers[name.toLowerCase()] = rest.join(":").trim();
    } else if (word === "--json") {
      body = { text: value() };
      headers["content-type"] ??= "application/json";
    } else if (word === "--data-binary") {
      const data = value();
      body = data.startsWith("@") ? { file: data.slice(1) } : { text: data };
    } else if (word.startsWith("-") || url !== undefined) throw new Error(`not known here: ${word}`);
    else url = word;
  }
  if (url === undefined) throw new Error(`no address: ${command}`);
  return { method: method ?? (body === undefined ? "GET" : "POST"), url, headers, body };
}

/** The words of a command as a shell reads them, with variables and `$(uuidgen)`. */
function shellWords(command: string, names: Names): string[] {
  const expanded = (text: string) =>
    filledIn(
      text.replaceAll("$(uuidgen)", () => randomUUID()),
      names,
    );
  const words: string[] = [];
  const part = /\s+|\\\n|'([^']*)'|"((?:[^"\\]|\\.)*)"|([^\s'"\\]+)/gy;
  let word: string | undefined;
  for (let at = 0; at < command.length; at = part.lastIndex) {
    part.lastIndex = at;
    const found = part.exec(command);
    if (!found) throw new Error(`a quotation mark is missing: ${command.slice(at)}`);
    const [, literal, quoted, bare] = found;
    const text = literal ?? (quoted === undefined ? undefined : expanded(quoted)) ?? (bare && expanded(bare));
    if (text !== undefined) word = (word ?? "") + text;
    else if (word !== undefined) {
      words.push(word);
      word = undefined;
    }
  }
  return word === undefined ? words : [...words, word];
}
