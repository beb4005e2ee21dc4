import type { Call, Expr, OrderItem, Query } from "./ast.ts";
import type { Reader } from "./reader.ts";
import { canonicalType, parseText, type SqlType } from "./values.ts";

/** How a query in parentheses is read; `parse-query.ts` says so, to keep the two files from needing each other. */
export type QueryParser = (reader: Reader) => Query;

const comparisons = ["=", "<>", "!=", "<=", ">=", "<", ">"];
/** These end an expression, or begin something that is no column. */
const reserved = new Set(
  "select from where group having order limit offset for union except on using when then else end as and or not in is between like left right full inner cross join lateral returning set values with do nothing into loop".split(
    " ",
  ),
);

const twoWordTypes = ["double precision", "character varying"];

export function parseType(r: Reader): SqlType {
  let name = r.qualified();
  const pair = `${name} ${r.peek().text}`;
  if (twoWordTypes.includes(pair)) {
    r.take();
    name = pair;
  }
  if (r.is("(")) r.parenthesised(() => r.list(() => r.take()));
  if (r.accept("with", "time", "zone") || r.accept("without", "time", "zone")) name = "timestamptz";
  while (r.accept("[")) {
    if (!r.is("]")) r.take();
    r.expect("]");
    name += "[]";
  }
  return canonicalType(name);
}

export function expressionParser(parseQuery: QueryParser) {
  const literal = (value: unknown, type: SqlType): Expr => ({ k: "literal", value, type });

  const expression = (r: Reader): Expr => or(r);

  function or(r: Reader): Expr {
    let left = and(r);
    while (r.accept("or")) left = { k: "or", left, right: and(r) };
    return left;
  }

  function and(r: Reader): Expr {
    let left = not(r);
    while (r.accept("and")) left = { k: "and", left, right: not(r) };
    return left;
  }

  const not = (r: Reader): Expr => (r.accept("not") ? { k: "not", expr: not(r) } : is(r));

  function is(r: Reader): Expr {
    let left = comparison(r);
    while (r.accept("is")) {
      const negated = r.accept("not");
      if (r.accept("distinct", "from")) left = { k: "distinct", not: negated, left, right: comparison(r) };
      else {
        const what = r.identifier();
        if (what !== "null" && what !== "true" && what !== "false") throw r.unexpected("null, true or false");
        left = { k: "is", what, not: negated, expr: left };
      }
    }
    return left;
  }

  function comparison(r: Reader): Expr {
    let left = membership(r);
    while (r.isOneOf(...comparisons)) {
      const op = r.take().text.replace("!=", "<>");
      if (r.isOneOf("any", "all", "some") && r.peek(1).text === "(") {
        const k = r.take().text === "all" ? "all" : "any";
        const right = r.parenthesised<Expr>(() =>
          isQuery(r) ? { k: "arrayQuery", query: parseQuery(r) } : expression(r),
        );
        left = { k, op, left, right };
      } else left = { k: "binary", op, left, right: membership(r) };
    }
    return left;
  }

  const isQuery = (r: Reader) => r.isOneOf("select", "with", "values", "table");

  function membership(r: Reader): Expr {
    let left = operators(r);
    for (;;) {
      const mark = r.mark();
      const negated = r.accept("not");
      if (r.accept("in")) left = inList(r, left, negated);
      else if (r.accept("between")) {
        const low = operators(r);
        r.expect("and");
        const high = operators(r);
        const both: Expr = {
          k: "and",
          left: { k: "binary", op: ">=", left, right: low },
          right: { k: "binary", op: "<=", left, right: high },
        };
        left = negated ? { k: "not", expr: both } : both;
      } else if (r.accept("like")) {
        const like: Expr = { k: "binary", op: "like", left, right: operators(r) };
        left = negated ? { k: "not", expr: like } : like;
      } else {
        r.reset(mark);
        return left;
      }
    }
  }

  function inList(r: Reader, expr: Expr, negated: boolean): Expr {
    return r.parenthesised<Expr>(() =>
      isQuery(r)
        ? { k: "inQuery", not: negated, expr, query: parseQuery(r) }
        : { k: "in", not: negated, expr, list: r.list(() => expression(r)) },
    );
  }

  const binaryLevels = [
    ["||", "->", "->>", "?", "@>", "<@", "#>", "#>>", "~", "~*"],
    ["+", "-"],
    ["*", "/", "%"],
  ];

  function operators(r: Reader, level = 0): Expr {
    const ops = binaryLevels[level];
    if (!ops) return unary(r);
    let left = operators(r, level + 1);
    while (r.isOneOf(...ops)) left = { k: "binary", op: r.take().text, left, right: operators(r, level + 1) };
    return left;
  }

  function unary(r: Reader): Expr {
    if (r.accept("-")) return { k: "negate", expr: unary(r) };
    if (r.accept("+")) return unary(r);
    return postfix(r);
  }

  function postfix(r: Reader): Expr {
    let expr = primary(r);
    for (;;) {
      if (r.accept("::")) expr = { k: "cast", expr, type: parseType(r) };
      else if (r.accept("[")) {
        const index = expression(r);
        r.expect("]");
        expr = { k: "subscript", expr, index };
      } else if (r.is(".") && expr.k !== "column") {
        r.take();
        expr = { k: "field", expr, name: r.identifier() };
      } else if (r.accept("collate")) r.identifier();
      else if (r.accept("at", "time", "zone")) primary(r);
      else return expr;
    }
  }

  function primary(r: Reader): Expr {
    const { kind, text } = r.peek();
    switch (kind) {
      case "number":
        r.take();
        return literal(Number(text), /[.e]/i.test(text) ? "numeric" : Number(text) > 2_147_483_647 ? "int8" : "int4");
      case "string":
        r.take();
        return literal(text, "unknown");
      case "parameter":
        r.take();
        return { k: "parameter", n: Number(text) };
      case "name":
        return columnOrCall(r);
      case "word":
        return keyword(r, text);
      case "operator":
        if (text === "(") return parentheses(r);
        if (text === "*") {
          r.take();
          return { k: "star", of: undefined };
        }
    }
    throw r.unexpected("an expression");
  }

  function parentheses(r: Reader): Expr {
    return r.parenthesised<Expr>(() => {
      if (isQuery(r)) return { k: "scalar", query: parseQuery(r) };
      const items = r.list(() => expression(r));
      const [only] = items;
      return items.length === 1 && only ? only : { k: "row", items };
    });
  }

  function keyword(r: Reader, text: string): Expr {
    const next = r.peek(1);
    switch (text) {
      case "null":
        r.take();
        return literal(null, "unknown");
      case "true":
      case "false":
        r.take();
        return literal(text === "true", "bool");
      case "case":
        r.take();
        return caseOf(r);
      case "exists":
        r.take();
        return { k: "exists", query: r.parenthesised(() => parseQuery(r)) };
      case "array":
        r.take();
        if (r.is("(")) return { k: "arrayQuery", query: r.parenthesised(() => parseQuery(r)) };
        r.expect("[");
        return bracketed(r);
      case "row":
        if (next.text === "(") {
          r.take();
          return { k: "row", items: r.parenthesised(() => r.list(() => expression(r))) };
        }
        break;
      case "cast":
        r.take();
        return r.parenthesised<Expr>(() => {
          const expr = expression(r);
          r.expect("as");
          return { k: "cast", expr, type: parseType(r) };
        });
      case "extract":
        r.take();
        return r.parenthesised<Expr>(() => {
          const part = r.identifier();
          r.expect("from");
          return call("extract", [literal(part, "text"), expression(r)]);
        });
      case "substring":
        if (next.text === "(") return substring(r);
        break;
    }
    // interval '1 s', timestamptz '…'
    if (next.kind === "string" && !reserved.has(text)) {
      r.take();
      const type = canonicalType(text);
      return literal(parseText(type, r.string()), type);
    }
    return columnOrCall(r);
  }

  function substring(r: Reader): Expr {
    r.take();
    return r.parenthesised<Expr>(() => {
      const text = expression(r);
      if (r.accept("from")) {
        const from = expression(r);
        return call("substring", r.accept("for") ? [text, from, expression(r)] : [text, from]);
      }
      return call("substring", r.accept(",") ? [text, ...r.list(() => expression(r))] : [text]);
    });
  }

  function bracketed(r: Reader): Expr {
    const items = r.is("]") ? [] : r.list(() => expression(r));
    r.expect("]");
    return { k: "array", items };
  }

  function caseOf(r: Reader): Expr {
    const of = r.is("when") ? undefined : expression(r);
    const whens: { when: Expr; result: Expr }[] = [];
    while (r.accept("when")) {
      const when = expression(r);
      r.expect("then");
      whens.push({ when, result: expression(r) });
    }
    const otherwise = r.accept("else") ? expression(r) : undefined;
    r.expect("end");
    return { k: "case", of, whens, otherwise };
  }

  const call = (name: string, args: readonly Expr[]): Call => ({
    k: "call",
    name,
    args,
    star: false,
    distinct: false,
    order: [],
    filter: undefined,
    over: undefined,
  });

  function columnOrCall(r: Reader): Expr {
    if (r.peek().kind === "word" && reserved.has(r.peek().text) && r.peek(1).text !== "(")
      throw r.unexpected("an expression");
    const path = [r.identifier()];
    while (r.is(".")) {
      r.take();
      if (r.accept("*")) return { k: "star", of: path.at(-1) };
      path.push(r.identifier());
    }
    if (!r.is("(")) return { k: "column", path };
    return callOf(r, path.join(".").replace(/^(public|pg_catalog)\./, ""));
  }

  /** From its opening parenthesis on. */
  function callOf(r: Reader, name: string): Call {
    r.expect("(");
    let star = false;
    let distinct = false;
    let args: Expr[] = [];
    if (r.accept("*")) star = true;
    else if (!r.is(")")) {
      distinct = r.accept("distinct");
      args = r.list(() => expression(r));
    }
    const order = r.accept("order", "by") ? orderItems(r) : [];
    r.expect(")");
    let filter: Expr | undefined;
    if (r.accept("filter"))
      filter = r.parenthesised(() => {
        r.expect("where");
        return expression(r);
      });
    const over = r.accept("over") ? r.parenthesised(() => window(r)) : undefined;
    return { ...call(name, args), star, distinct, order, filter, over };
  }

  function window(r: Reader) {
    const partition = r.accept("partition", "by") ? r.list(() => expression(r)) : [];
    return { partition, order: r.accept("order", "by") ? orderItems(r) : [] };
  }

  const orderItems = (r: Reader): OrderItem[] =>
    r.list(() => {
      const expr = expression(r);
      const desc = r.accept("desc");
      if (!desc) r.accept("asc");
      let nullsFirst = desc;
      if (r.accept("nulls", "first")) nullsFirst = true;
      else if (r.accept("nulls", "last")) nullsFirst = false;
      return { expr, desc, nullsFirst };
    });

  return { expression, orderItems, callOf };
}
