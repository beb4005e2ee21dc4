import { anywhere, type Code, type Frame } from "./frame.ts";
import {
  caster,
  compare,
  elementType,
  equal,
  inRange,
  isArrayType,
  isJson,
  isNumber,
  jsonNull,
  NotModelled,
  SqlError,
  type SqlType,
  type Value,
  widerNumber,
} from "./values.ts";

export const constant = (value: Value, type: SqlType): Code => ({ type, run: () => value, at: anywhere });

/** The same expression as another type. */
export function converted(code: Code, type: SqlType): Code {
  const cast = caster(code.type, type);
  if (!cast) return code.type === type ? code : { ...code, type };
  const { run, at } = code;
  return {
    type,
    run: (f) => {
      const value = run(f);
      return value === null ? null : cast(value);
    },
    ...(at === anywhere && { at }),
  };
}

/** Compared with JavaScript's own operators. */
const isPlain = (type: SqlType) =>
  isNumber(type) || ["text", "uuid", "bool", "timestamptz", "interval", "unknown", "xid8"].includes(type);

const comparisons: Readonly<Record<string, (order: number) => boolean>> = {
  "=": (o) => o === 0,
  "<>": (o) => o !== 0,
  "<": (o) => o < 0,
  "<=": (o) => o <= 0,
  ">": (o) => o > 0,
  ">=": (o) => o >= 0,
};
export const isComparison = (op: string) => comparisons[op] !== undefined;

export function comparison(op: string, { type, run: left }: Code, { run: right }: Code): (f: Frame) => Value {
  if (!isPlain(type)) {
    const holds = comparisons[op];
    if (!holds) throw new NotModelled(`operator ${op}`);
    return strict(left, right, (a, b) => holds(compare(a, b)));
  }
  switch (op) {
    case "=":
      return (f) => {
        const a = left(f);
        if (a === null) return null;
        const b = right(f);
        return b === null ? null : a === b;
      };
    case "<>":
      return strict(left, right, (a, b) => a !== b);
    case "<":
      return strict(left, right, (a, b) => a < b);
    case "<=":
      return strict(left, right, (a, b) => a <= b);
    case ">":
      return strict(left, right, (a, b) => a > b);
    default:
      return strict(left, right, (a, b) => a >= b);
  }
}

/** Null when one of the two is. */
const strict =
  (left: (f: Frame) => Value, right: (f: Frame) => Value, work: (a: Value, b: Value) => Value) =>
  (f: Frame): Value => {
    const a = left(f);
    if (a === null) return null;
    const b = right(f);
    return b === null ? null : work(a, b);
  };

/** Both sides as one type, so that they can be compared or be alternatives. */
export function alike(a: Code, b: Code): [Code, Code] {
  if (a.type === b.type) return [a, b];
  if (isNumber(a.type) && isNumber(b.type)) return [a, b];
  if (a.type === "unknown") return [converted(a, b.type), b];
  if (b.type === "unknown") return [a, converted(b, a.type)];
  return [a, b];
}

export function binary(op: string, left: Code, right: Code): Code {
  if (isComparison(op)) {
    const [a, b] = alike(left, right);
    if (!isNumber(a.type) && a.type !== b.type && isPlain(a.type) && isPlain(b.type))
      throw new SqlError("42883", `operator does not exist: ${a.type} ${op} ${b.type}`);
    return { type: "bool", run: comparison(op, a, b), ...(op === "=" && isPlain(a.type) && { equals: [a, b] }) };
  }
  if (op === "||" && (isArrayType(left.type) || isArrayType(right.type))) return joinedArrays(left, right);
  const made = arithmetic(op, left, right) ?? others(op, left, right);
  if (!made) throw new NotModelled(`operator ${left.type} ${op} ${right.type}`);
  return { type: made.type, run: strict(left.run, right.run, made.work) };
}

/** An array that is null is left out; an element that is null is one. */
function joinedArrays(left: Code, right: Code): Code {
  const type = isArrayType(left.type) ? left.type : right.type;
  const part = (code: Code) => (isArrayType(code.type) ? code.run : (f: Frame) => [code.run(f)]);
  const [a, b] = [part(left), part(right)];
  return {
    type,
    run: (f) => {
      const x = a(f);
      const y = b(f);
      return x === null ? y : y === null ? x : [...x, ...y];
    },
  };
}

type Made = { readonly type: SqlType; readonly work: (a: Value, b: Value) => Value } | undefined;

function arithmetic(op: string, { type: a }: Code, { type: b }: Code): Made {
  if (isNumber(a) && isNumber(b)) return numbers(op, widerNumber(a, b));
  const times = (type: SqlType) => type === "timestamptz" || type === "interval";
  if (op === "*" && a === "interval" && isNumber(b)) return { type: a, work: (x, y) => x * y };
  if (op === "*" && isNumber(a) && b === "interval") return { type: b, work: (x, y) => x * y };
  if (!times(a) || !times(b)) return undefined;
  if (op === "+") return { type: a === "interval" ? b : a, work: (x, y) => x + y };
  if (op === "-") return { type: a === b ? "interval" : "timestamptz", work: (x, y) => x - y };
  return undefined;
}

function numbers(op: string, type: SqlType): Made {
  const whole = type.startsWith("int");
  const checked = (value: number) => (whole ? inRange(type, value) : value);
  switch (op) {
    case "+":
      return { type, work: (x, y) => checked(x + y) };
    case "-":
      return { type, work: (x, y) => checked(x - y) };
    case "*":
      return { type, work: (x, y) => checked(x * y) };
    case "/":
      return {
        type,
        work: (x, y) => {
          if (y === 0) throw new SqlError("22012", "division by zero");
          return whole ? Math.trunc(x / y) : x / y;
        },
      };
    case "%":
      return { type, work: (x, y) => x % y };
    default:
      return undefined;
  }
}

/** A member of a JSON value as the outside sees it: SQL's null when it is not there. */
const member = (value: Value): Value => (value === undefined ? null : (value ?? jsonNull));

function pick(from: Value, key: Value): Value {
  if (typeof from !== "object" || from === null) return null;
  if (Array.isArray(from)) return typeof key === "number" ? member(from.at(key)) : null;
  return typeof key === "string" && Object.hasOwn(from, key) ? member(from[key]) : null;
}

const asText = (value: Value): Value =>
  value === null || value === jsonNull ? null : typeof value === "string" ? value : JSON.stringify(value);

function others(op: string, { type: a }: Code, { type: b }: Code): Made {
  switch (op) {
    case "||":
      if (isJson(a) || isJson(b)) return { type: "jsonb", work: joinJson };
      return { type: "text", work: (x, y) => `${x}${y}` };
    case "->":
      return { type: a, work: pick };
    case "->>":
      return { type: "text", work: (x, y) => asText(pick(x, y)) };
    case "?":
      return {
        type: "bool",
        work: (x, y) => (Array.isArray(x) ? x.includes(y) : typeof x === "object" && Object.hasOwn(x, y)),
      };
    case "like":
      return { type: "bool", work: (x, y) => likePattern(y).test(x) };
    case "~":
      return { type: "bool", work: (x, y) => new RegExp(y).test(x) };
    case "~*":
      return { type: "bool", work: (x, y) => new RegExp(y, "i").test(x) };
    case "@>":
      return { type: "bool", work: isArrayType(a) ? includesAll(elementType(a)) : contains };
    case "<@":
      return { type: "bool", work: (x, y) => (isArrayType(a) ? includesAll(elementType(a))(y, x) : contains(y, x)) };
    default:
      return undefined;
  }
}

function joinJson(x: Value, y: Value): Value {
  const isObject = (v: Value) => typeof v === "object" && v !== null && !Array.isArray(v);
  if (isObject(x) && isObject(y)) return { ...x, ...y };
  const plain = (v: Value) => (Array.isArray(v) ? v : [v === jsonNull ? null : v]);
  return [...plain(x), ...plain(y)];
}

const likePattern = (pattern: string) =>
  new RegExp(
    `^${pattern
      .replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
      .replaceAll("%", "[\\s\\S]*")
      .replaceAll("_", "[\\s\\S]")}$`,
  );

const includesAll = (_: SqlType) => (x: Value, y: Value) =>
  y.every((one: Value) => x.some((other: Value) => other !== null && one !== null && equal(other, one)));

function contains(x: Value, y: Value): boolean {
  if (Array.isArray(y)) return Array.isArray(x) && y.every((one) => x.some((other) => contains(other, one)));
  if (typeof y === "object" && y !== null)
    return (
      typeof x === "object" &&
      x !== null &&
      Object.entries(y).every(([name, value]) => Object.hasOwn(x, name) && contains(x[name], value))
    );
  return x === y;
}

export function and({ run: left }: Code, { run: right }: Code): Code {
  return {
    type: "bool",
    run: (f) => {
      const a = left(f);
      if (a === false) return false;
      const b = right(f);
      if (b === false) return false;
      return a === null || b === null ? null : true;
    },
  };
}

export function or({ run: left }: Code, { run: right }: Code): Code {
  return {
    type: "bool",
    run: (f) => {
      const a = left(f);
      if (a === true) return true;
      const b = right(f);
      if (b === true) return true;
      return a === null || b === null ? null : false;
    },
  };
}
