import { createHash } from "node:crypto";
import type { Code, Frame } from "./frame.ts";
import {
  compare,
  elementType,
  isArrayType,
  isJson,
  isNumber,
  jsonNull,
  NotModelled,
  parseText,
  SqlError,
  type SqlType,
  textOf,
  type Value,
} from "./values.ts";

/** A function that PostgreSQL brings along. */
type Builtin = {
  /** What arguments of unknown type are taken for. */
  readonly takes?: readonly SqlType[];
  readonly type: (args: readonly Code[]) => SqlType;
  /** Not called when one of the arguments is null, unless `nulls`. */
  readonly nulls?: true;
  readonly work: (args: Value[], f: Frame, types: readonly SqlType[]) => Value;
};

const fixed = (type: SqlType, work: Builtin["work"], takes?: readonly SqlType[]): Builtin => ({
  type: () => type,
  work,
  ...(takes && { takes }),
});
const firstOf = (args: readonly Code[]): SqlType => args.find(({ type }) => type !== "unknown")?.type ?? "text";
/** The widest of several numbers, else the first type that is known. */
export function commonType(types: readonly SqlType[]): SqlType {
  const known = types.filter((type) => type !== "unknown");
  if (known.length > 0 && known.every(isNumber)) {
    const rank = ["int2", "int4", "int8", "numeric", "float4", "float8"];
    return known.reduce((a, b) => (rank.indexOf(a) >= rank.indexOf(b) ? a : b));
  }
  return known[0] ?? "text";
}

/** A value of SQL as JSON has it. */
export function toJson(type: SqlType, value: Value): Value {
  if (value === null || value === jsonNull) return null;
  if (isJson(type) || isNumber(type) || type === "bool") return value;
  if (isArrayType(type)) return value.map((one: Value) => toJson(elementType(type), one));
  if (type === "timestamptz") return new Date(value).toISOString().replace("Z", "+00:00");
  return typeof value === "object" ? value : textOf(type, value);
}

const object = (args: Value[], types: readonly SqlType[]): Value => {
  const made: Record<string, Value> = {};
  for (let i = 0; i < args.length; i += 2) made[args[i]] = toJson(types[i + 1] ?? "text", args[i + 1]);
  return made;
};

/** 64 bits as PostgreSQL's hash would be: not the same numbers, but as good. */
const hash64 = (text: string) => createHash("sha1").update(text).digest("hex").slice(0, 12);

function format(args: Value[], types: readonly SqlType[]): string {
  let next = 1;
  return String(args[0]).replace(/%(?:(\d+)\$)?([sIL%])/g, (_, position: string | undefined, kind: string) => {
    if (kind === "%") return "%";
    const at = position === undefined ? next++ : Number(position);
    const value = args[at];
    const text = value === null || value === undefined ? "" : textOf(types[at] ?? "text", value);
    return kind === "L" ? `'${text.replaceAll("'", "''")}'` : text;
  });
}

const extreme = (sign: number): Builtin => ({
  type: (args) => commonType(args.map(({ type }) => type)),
  nulls: true,
  work: (args) => args.reduce((a, b) => (a === null ? b : b === null ? a : compare(b, a) * sign > 0 ? b : a), null),
});

const extracts: Readonly<Record<string, (ms: number) => number>> = {
  epoch: (ms) => ms / 1_000,
  year: (ms) => new Date(ms).getUTCFullYear(),
  milliseconds: (ms) => ms % 60_000,
};

const builtins: Readonly<Record<string, Builtin>> = {
  greatest: extreme(1),
  least: extreme(-1),
  nullif: {
    type: firstOf,
    nulls: true,
    work: ([a, b]) => (a !== null && b !== null && compare(a, b) === 0 ? null : a),
  },
  clock_timestamp: fixed("timestamptz", (_, f) => f.db.server.options.now()),
  now: fixed("timestamptz", (_, f) => f.db.server.options.now()),
  statement_timestamp: fixed("timestamptz", (_, f) => f.db.server.options.now()),
  nextval: fixed("int8", ([name], f) => f.db.nextValue(f.db.catalog.sequence(name).id), ["text"]),
  set_config: {
    takes: ["text", "text", "bool"],
    type: () => "text",
    nulls: true,
    work: ([name, value], f) => {
      if (name === "synchronous_commit") f.snap.txn.lazy = value === "off";
      else f.session.settings.set(name, value);
      return value;
    },
  },
  current_setting: {
    takes: ["text", "bool"],
    type: () => "text",
    nulls: true,
    work: ([name], f) => f.session.settings.get(name) ?? null,
  },
  pg_current_xact_id: fixed("xid8", (_, f) => f.db.server.assignXid(f.snap.txn)),
  pg_current_xact_id_if_assigned: fixed("xid8", (_, f) => f.snap.txn.xid || null),
  pg_current_snapshot: fixed("pg_snapshot", (_, f) => f.db.server.snapshotXids()),
  pg_snapshot_xmin: fixed("xid8", ([snapshot]) => snapshot.xmin),
  pg_snapshot_xmax: fixed("xid8", ([snapshot]) => snapshot.xmax),
  pg_notify: fixed(
    "void",
    ([channel, payload], f) => {
      // Of equal ones in a transaction only the first is sent.
      const { txn } = f.snap;
      txn.notices ??= [];
      if (!txn.notices.some((one) => one.channel === channel && one.payload === payload))
        txn.notices.push({ channel, payload });
      return "";
    },
    ["text", "text"],
  ),
  hashtext: fixed("int4", ([text]) => Number.parseInt(hash64(text).slice(0, 7), 16), ["text"]),
  hashtextextended: fixed("int8", ([text, seed]) => Number.parseInt(hash64(`${seed} ${text}`), 16), ["text", "int8"]),
  gen_random_uuid: fixed("uuid", (_, f) => {
    const hex = Array.from({ length: 32 }, () => Math.floor(f.db.server.options.chance() * 16).toString(16)).join("");
    return parseText("uuid", `${hex.slice(0, 12)}4${hex.slice(13, 16)}8${hex.slice(17)}`);
  }),
  format: { takes: ["text"], type: () => "text", nulls: true, work: (args, _, types) => format(args, types) },
  concat: {
    type: () => "text",
    nulls: true,
    work: (args, _, types) => args.map((one, i) => (one === null ? "" : textOf(types[i] ?? "text", one))).join(""),
  },
  to_char: fixed("text", ([at, pattern]) => pictured(new Date(at).toISOString(), pattern), ["timestamptz", "text"]),
  decode: fixed(
    "bytea",
    ([text, format]) => {
      if (format !== "hex") throw new NotModelled(`decode(…, '${format}')`);
      return Buffer.from(text, "hex");
    },
    ["text", "text"],
  ),
  lower: fixed("text", ([text]) => text.toLowerCase(), ["text"]),
  upper: fixed("text", ([text]) => text.toUpperCase(), ["text"]),
  length: fixed("int4", ([text]) => text.length, ["text"]),
  char_length: fixed("int4", ([text]) => [...text].length, ["text"]),
  left: fixed("text", ([text, n]) => text.slice(0, n), ["text", "int4"]),
  right: fixed("text", ([text, n]) => text.slice(-n), ["text", "int4"]),
  trim: fixed("text", ([text]) => text.trim(), ["text"]),
  quote_ident: fixed("text", ([text]) => text, ["text"]),
  substring: fixed(
    "text",
    ([text, from, count]) => {
      if (typeof from === "number") return text.slice(from - 1, count === undefined ? undefined : from - 1 + count);
      const [whole, part] = new RegExp(from).exec(text) ?? [];
      return part ?? whole ?? null;
    },
    ["text", "text", "int4"],
  ),
  abs: { type: firstOf, work: ([n]) => Math.abs(n) },
  floor: { type: firstOf, work: ([n]) => Math.floor(n) },
  ceil: { type: firstOf, work: ([n]) => Math.ceil(n) },
  round: { type: firstOf, work: ([n]) => Math.sign(n) * Math.round(Math.abs(n)) },
  mod: { type: firstOf, work: ([a, b]) => a % b },
  extract: fixed("numeric", ([part, at]) => {
    const work = extracts[part];
    if (!work) throw new NotModelled(`extract(${part})`);
    return work(at);
  }),
  array_length: fixed("int4", ([array]) => array.length || null),
  cardinality: fixed("int4", ([array]) => array.length),
  array_append: { type: firstOf, work: ([array, one]) => [...array, one] },
  array_position: fixed("int4", ([array, one]) => array.indexOf(one) + 1 || null),
  jsonb_array_length: fixed("int4", ([array]) => jsonArray(array).length, ["jsonb"]),
  json_array_length: fixed("int4", ([array]) => jsonArray(array).length, ["json"]),
  jsonb_typeof: fixed("text", ([value]) => jsonType(value), ["jsonb"]),
  jsonb_build_object: { type: () => "jsonb", nulls: true, work: (args, _, types) => object(args, types) },
  json_build_object: { type: () => "json", nulls: true, work: (args, _, types) => object(args, types) },
  jsonb_build_array: {
    type: () => "jsonb",
    nulls: true,
    work: (args, _, types) => args.map((one, i) => toJson(types[i] ?? "text", one)),
  },
  to_jsonb: { type: () => "jsonb", work: ([one], _, types) => toJson(types[0] ?? "text", one) ?? jsonNull },
  to_json: { type: () => "json", work: ([one], _, types) => toJson(types[0] ?? "text", one) ?? jsonNull },
};

/** The parts of `to_char` that are in use. */
const pictured = (iso: string, pattern: string): string =>
  pattern
    .replaceAll('"', "")
    .replace("YYYY", iso.slice(0, 4))
    .replace("MM", iso.slice(5, 7))
    .replace("DD", iso.slice(8, 10))
    .replace("HH24", iso.slice(11, 13))
    .replace("MI", iso.slice(14, 16))
    .replace("SS", iso.slice(17, 19))
    .replace("MS", iso.slice(20, 23));

export function jsonArray(value: Value): Value[] {
  if (!Array.isArray(value)) throw new SqlError("22023", "cannot get the elements of what is no JSON array");
  return value;
}

const jsonType = (value: Value) =>
  value === jsonNull ? "null" : Array.isArray(value) ? "array" : typeof value === "object" ? "object" : typeof value;

export const isBuiltin = (name: string) => Object.hasOwn(builtins, name);
export const takenBy = (name: string): readonly SqlType[] => builtins[name]?.takes ?? [];

/** @throws NotModelled for a function that the model does not have */
export function builtin(name: string, args: readonly Code[]): Code {
  const found = builtins[name];
  if (!found) throw new NotModelled(`function ${name}(${args.map(({ type }) => type).join(", ")})`);
  const { nulls, work } = found;
  const types = args.map(({ type }) => type);
  const runs = args.map(({ run }) => run);
  return {
    type: found.type(args),
    run: (f) => {
      const values = new Array<Value>(runs.length);
      for (let i = 0; i < runs.length; i++) {
        const value = runs[i]?.(f);
        if (value === null && !nulls) return null;
        values[i] = value;
      }
      return work(values, f, types);
    },
  };
}
