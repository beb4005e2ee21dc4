import type { Expr, Query, Statement } from "./ast.ts";
import { parseType } from "./parse-expression.ts";
import { expression, parseQuery, parseStatement } from "./parse-query.ts";
import { Reader } from "./reader.ts";
import type { SqlType } from "./values.ts";

export type Variable = { readonly name: string; readonly type: SqlType; readonly initial: Expr | undefined };

export type Step =
  | { readonly k: "assign"; readonly target: readonly string[]; readonly expr: Expr }
  | {
      readonly k: "if";
      readonly branches: readonly { readonly when: Expr; readonly steps: readonly Step[] }[];
      readonly otherwise: readonly Step[];
    }
  | { readonly k: "loop"; readonly while: Expr | undefined; readonly steps: readonly Step[] }
  | {
      readonly k: "for";
      readonly variable: string;
      readonly from: Expr;
      readonly to: Expr;
      readonly reverse: boolean;
      readonly steps: readonly Step[];
    }
  | { readonly k: "for each"; readonly variable: string; readonly array: Expr; readonly steps: readonly Step[] }
  | { readonly k: "for rows"; readonly variable: string; readonly query: Query; readonly steps: readonly Step[] }
  | { readonly k: "exit" | "continue"; readonly when: Expr | undefined }
  | { readonly k: "return"; readonly expr: Expr | undefined }
  | { readonly k: "return query"; readonly statement: Statement }
  | { readonly k: "return next"; readonly expr: Expr | undefined }
  | { readonly k: "raise"; readonly message: string; readonly args: readonly Expr[]; readonly code: string }
  | { readonly k: "statement"; readonly statement: Statement; readonly into: readonly (readonly string[])[] }
  /** Made of text at run time: not modelled, and only an error when it is reached. */
  | { readonly k: "execute" };

export type Block = { readonly variables: readonly Variable[]; readonly steps: readonly Step[] };

export function parsePlpgsql(text: string): Block {
  const r = new Reader(text);
  const variables: Variable[] = [];
  if (r.accept("declare")) {
    while (!r.is("begin")) {
      const name = r.identifier();
      r.accept("constant");
      const type = parseType(r);
      const initial = r.accept(":=") || r.accept("=") || r.accept("default") ? expression(r) : undefined;
      r.expect(";");
      variables.push({ name, type, initial });
    }
  }
  r.expect("begin");
  const steps = parseSteps(r, text);
  r.expect("end");
  return { variables, steps };
}

function parseSteps(r: Reader, text: string): Step[] {
  const steps: Step[] = [];
  while (!r.isOneOf("end", "elsif", "else", "exception")) {
    const step = parseStep(r, text);
    if (step) steps.push(step);
    r.expect(";");
  }
  if (r.is("exception")) throw r.unexpected("no exception handler");
  return steps;
}

function parseStep(r: Reader, text: string): Step | undefined {
  if (r.accept("null")) return undefined;
  if (r.accept("if")) return conditional(r, text);
  if (r.accept("loop")) return { k: "loop", while: undefined, steps: looped(r, text) };
  if (r.accept("while")) {
    const condition = expression(r);
    r.expect("loop");
    return { k: "loop", while: condition, steps: looped(r, text) };
  }
  if (r.accept("for")) return forLoop(r, text);
  if (r.accept("foreach")) {
    const variable = r.identifier();
    r.expect("in", "array");
    const array = expression(r);
    r.expect("loop");
    return { k: "for each", variable, array, steps: looped(r, text) };
  }
  if (r.isOneOf("exit", "continue")) {
    const k = r.take().text === "exit" ? "exit" : "continue";
    return { k, when: r.accept("when") ? expression(r) : undefined };
  }
  if (r.accept("return", "query")) return { k: "return query", statement: parseStatement(r) };
  if (r.accept("return", "next")) return { k: "return next", expr: r.is(";") ? undefined : expression(r) };
  if (r.accept("return")) return { k: "return", expr: r.is(";") ? undefined : expression(r) };
  if (r.accept("raise")) return raised(r);
  if (r.accept("perform")) return { k: "statement", statement: new PrefixedQuery(r, text).query(), into: [] };
  if (r.is("execute")) {
    r.skipStatement();
    return { k: "execute" };
  }
  if (r.isOneOf("select", "insert", "update", "delete", "with")) return statement(r, text);
  return assignment(r);
}

/** `perform …` is `select …` whose rows nobody wants. */
class PrefixedQuery {
  readonly #text: string;
  constructor(r: Reader, text: string) {
    const from = r.peek().at;
    r.skipStatement();
    this.#text = `select ${text.slice(from, r.peek().at)}`;
  }
  query(): Query {
    return parseQuery(new Reader(this.#text));
  }
}

function assignment(r: Reader): Step {
  const target = [r.identifier()];
  while (r.accept(".")) target.push(r.identifier());
  if (!r.accept(":=")) r.expect("=");
  return { k: "assign", target, expr: expression(r) };
}

function conditional(r: Reader, text: string): Step {
  const branches: { when: Expr; steps: Step[] }[] = [];
  let otherwise: Step[] = [];
  do {
    const when = expression(r);
    r.expect("then");
    branches.push({ when, steps: parseSteps(r, text) });
  } while (r.accept("elsif"));
  if (r.accept("else")) otherwise = parseSteps(r, text);
  r.expect("end", "if");
  return { k: "if", branches, otherwise };
}

function looped(r: Reader, text: string): Step[] {
  const steps = parseSteps(r, text);
  r.expect("end", "loop");
  return steps;
}

function forLoop(r: Reader, text: string): Step {
  const variable = r.identifier();
  r.expect("in");
  if (r.isOneOf("select", "with", "insert", "update", "delete")) {
    const query = parseQuery(r);
    r.expect("loop");
    return { k: "for rows", variable, query, steps: looped(r, text) };
  }
  const reverse = r.accept("reverse");
  const from = expression(r);
  r.expect("..");
  const to = expression(r);
  r.expect("loop");
  return { k: "for", variable, from, to, reverse, steps: looped(r, text) };
}

const conditions: Readonly<Record<string, string>> = {
  serialization_failure: "40001",
  unique_violation: "23505",
  check_violation: "23514",
  raise_exception: "P0001",
};

function raised(r: Reader): Step {
  r.expect("exception");
  const message = r.string();
  const args: Expr[] = [];
  while (r.accept(",")) args.push(expression(r));
  let code = "P0001";
  if (r.accept("using"))
    r.list(() => {
      const option = r.identifier();
      r.expect("=");
      const value = r.string();
      if (option === "errcode") code = conditions[value] ?? value;
    });
  return { k: "raise", message, args, code };
}

/** A statement of SQL, perhaps with `into` somewhere in it. */
function statement(r: Reader, text: string): Step {
  const from = r.peek().at;
  let depth = 0;
  let before = "";
  let into: { at: number; end: number; names: string[][] } | undefined;
  while (!r.is(";") || depth > 0) {
    if (r.is("(")) depth++;
    if (r.is(")")) depth--;
    if (depth === 0 && r.is("into") && before !== "insert") {
      const { at } = r.take();
      r.accept("strict");
      const names = r.list(() => {
        const path = [r.identifier()];
        while (r.accept(".")) path.push(r.identifier());
        return path;
      });
      into = { at, end: r.peek().at, names };
      continue;
    }
    before = r.take().text;
  }
  const end = r.peek().at;
  const sql = into ? `${text.slice(from, into.at)} ${text.slice(into.end, end)}` : text.slice(from, end);
  return { k: "statement", statement: parseStatement(new Reader(sql)), into: into?.names ?? [] };
}
