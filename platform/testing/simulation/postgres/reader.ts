import { type Token, tokens } from "./lexer.ts";
import { NotModelled } from "./values.ts";

/** Walks over the tokens of one text. */
export class Reader {
  readonly #tokens: readonly Token[];
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokens(text);
  }

  peek(ahead = 0): Token {
    return this.#tokens[Math.min(this.#at + ahead, this.#tokens.length - 1)] as Token; // as: there is always an end
  }

  take(): Token {
    const token = this.peek();
    this.#at++;
    return token;
  }

  /** A place to come back to. */
  mark(): number {
    return this.#at;
  }
  reset(mark: number): void {
    this.#at = mark;
  }

  get isOver(): boolean {
    return this.peek().kind === "end";
  }

  /** Whether these words or operators come next, in this order. */
  is(...texts: readonly string[]): boolean {
    return texts.every((text, i) => {
      const token = this.peek(i);
      return (token.kind === "word" || token.kind === "operator") && token.text === text;
    });
  }

  isOneOf(...texts: readonly string[]): boolean {
    return texts.some((text) => this.is(text));
  }

  /** Takes them if they come next. */
  accept(...texts: readonly string[]): boolean {
    if (!this.is(...texts)) return false;
    this.#at += texts.length;
    return true;
  }

  expect(...texts: readonly string[]): void {
    if (!this.accept(...texts)) throw this.unexpected(texts.join(" "));
  }

  unexpected(wanted: string): Error {
    const { at, text } = this.peek();
    const around = this.#text.slice(Math.max(0, at - 60), at + 60).replace(/\s+/g, " ");
    return new NotModelled(`SQL: expected ${wanted} and not "${text}" in: …${around}…`);
  }

  identifier(): string {
    const { kind, text } = this.peek();
    if (kind !== "word" && kind !== "name") throw this.unexpected("a name");
    this.#at++;
    return text;
  }

  /** `chassis.outbox`, `outbox`; schema `public` is left out. */
  qualified(): string {
    let name = this.identifier();
    while (this.accept(".")) name = `${name}.${this.identifier()}`;
    return name.replace(/^public\./, "");
  }

  string(): string {
    const { kind, text } = this.take();
    if (kind !== "string") throw this.unexpected("a text in quotes");
    return text;
  }

  list<T>(item: () => T, separator = ","): T[] {
    const items = [item()];
    while (this.accept(separator)) items.push(item());
    return items;
  }

  /** `( … )` */
  parenthesised<T>(inside: () => T): T {
    this.expect("(");
    const result = inside();
    this.expect(")");
    return result;
  }

  /** Over a pair of parentheses with whatever is inside. */
  skipParentheses(): void {
    let depth = 0;
    do {
      const { kind, text } = this.take();
      if (kind === "operator" && text === "(") depth++;
      if (kind === "operator" && text === ")") depth--;
      if (kind === "end") throw this.unexpected(")");
    } while (depth > 0);
  }

  names(): string[] {
    return this.parenthesised(() => this.list(() => this.identifier()));
  }

  /** Skips to the end of the statement, over parentheses. */
  skipStatement(): void {
    for (let depth = 0; !this.isOver; this.take()) {
      if (this.is("(")) depth++;
      if (this.is(")")) depth--;
      if (depth <= 0 && this.is(";")) return;
    }
  }
}
