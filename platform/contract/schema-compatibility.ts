import { isObject, type PlainSchema } from "./plain-schema.ts";

/** `request`: whatever could be sent must still be taken. `answer`: whatever may now come must be what a reader was told. */
export type Direction = "request" | "answer";
export type Finding = { readonly where: string; readonly change: string; readonly reason: string };

/** What in `now` breaks those who know `before`. What cannot be compared counts as broken when it differs. */
export function schemaFindings(before: PlainSchema, now: PlainSchema, direction: Direction, where: string): Finding[] {
  if (JSON.stringify(before) === JSON.stringify(now)) return [];
  const [old, next] = [alternativesOf(before), alternativesOf(now)];
  const [only, onlyNow] = [old[0], next[0]];
  if (only && onlyNow && old.length === 1 && next.length === 1) return oneFindings(only, onlyNow, direction, where);
  // Of several forms, each that is met must be one that is understood.
  const met = direction === "request" ? old : next;
  const understood = direction === "request" ? next : old;
  return met.flatMap((form) => {
    const attempts = understood.map((known) =>
      direction === "request" ? oneFindings(form, known, direction, where) : oneFindings(known, form, direction, where),
    );
    if (attempts.some((findings) => findings.length === 0)) return [];
    const alike = understood.flatMap((known, index) => (isAlike(form, known) ? [attempts[index] ?? []] : []));
    const [closest] = alike;
    if (closest && alike.length === 1) return closest;
    const shown = nameOf(form);
    return direction === "request"
      ? [{ where, change: `no longer takes ${shown}`, reason: "Callers that send it are refused." }]
      : [{ where, change: `may now be ${shown}`, reason: "Readers were never told of it." }];
  });
}

/**
 * What breaks an event: subscribers that know `before` meet what is published `now`, and what was published before (in brokers, among dead
 * letters, by a replica that has not been replaced yet) is read with `now`.
 */
export function eventFindings(before: PlainSchema, now: PlainSchema, where: string): Finding[] {
  const read = schemaFindings(before, now, "answer", where);
  const stored = schemaFindings(before, now, "request", where).filter(
    (finding) => !read.some((other) => other.where === finding.where && other.change === finding.change),
  );
  return [
    ...read,
    ...stored.map((finding) => ({ ...finding, reason: "Events that are published already may not fit." })),
  ];
}

/** `anyOf` and `oneOf` taken apart, and a list of types into one form each. */
function alternativesOf(schema: PlainSchema): PlainSchema[] {
  const { anyOf, oneOf, type, ...rest } = schema;
  const branches = anyOf ?? oneOf;
  if (Array.isArray(branches))
    return branches.filter(isObject).flatMap((branch) => alternativesOf({ ...rest, ...branch }));
  if (Array.isArray(type)) return type.map((one) => ({ ...rest, type: one }));
  return [merged(schema)];
}

/** An intersection of objects as one object. */
function merged(schema: PlainSchema): PlainSchema {
  const { allOf, ...rest } = schema;
  if (!Array.isArray(allOf)) return schema;
  const parts = [...allOf.filter(isObject).map(merged), rest];
  const properties = Object.assign({}, ...parts.map(membersOf));
  return Object.assign({}, ...parts, { properties, required: parts.flatMap(requiredOf) });
}

const typeOf = ({ type, const: constant, enum: words }: PlainSchema): unknown =>
  type ?? (constant !== undefined ? typeof constant : Array.isArray(words) ? typeof words[0] : undefined);

/** The same discriminating constant, or the same type where there is none. */
function isAlike(a: PlainSchema, b: PlainSchema): boolean {
  if (typeOf(a) !== typeOf(b)) return false;
  const [as, bs] = [membersOf(a), membersOf(b)];
  const discriminators = Object.keys(as).filter(
    (name) => as[name]?.["const"] !== undefined && bs[name]?.["const"] !== undefined,
  );
  return discriminators.every((name) => as[name]?.["const"] === bs[name]?.["const"]);
}

const nameOf = (schema: PlainSchema): string => {
  const constant = Object.entries(membersOf(schema)).find(([, member]) => member["const"] !== undefined);
  if (constant) return `the form with ${constant[0]} = ${JSON.stringify(constant[1]["const"])}`;
  return schema["const"] !== undefined ? JSON.stringify(schema["const"]) : `of type ${String(typeOf(schema) ?? "any")}`;
};

function oneFindings(before: PlainSchema, now: PlainSchema, direction: Direction, where: string): Finding[] {
  const [old, next] = [typeOf(before), typeOf(now)];
  const details = [...wordFindings, ...boundFindings].flatMap((find) => find(before, now, direction, where));
  if (old !== next) {
    const widens = next === undefined || (old === "integer" && next === "number");
    const narrows = old === undefined || (old === "number" && next === "integer");
    if (direction === "request" ? widens : narrows) return details;
    return [
      {
        where,
        change: `type changed from ${String(old ?? "any")} to ${String(next ?? "any")}`,
        reason: reasons.type[direction],
      },
    ];
  }
  switch (next) {
    case "object":
      return [...details, ...objectFindings(before, now, direction, where)];
    case "array":
      return [...details, ...arrayFindings(before, now, direction, where)];
    default:
      return details;
  }
}

const reasons = {
  type: {
    request: "What callers send is refused.",
    answer: "Readers expect the old type.",
  },
} as const;

type Find = (before: PlainSchema, now: PlainSchema, direction: Direction, where: string) => Finding[];

const wordsOf = ({ const: constant, enum: words }: PlainSchema): readonly unknown[] | undefined =>
  Array.isArray(words) ? words : constant !== undefined ? [constant] : undefined;

const wordFindings: readonly Find[] = [
  (before, now, direction, where) => {
    const [old, next] = [wordsOf(before), wordsOf(now)];
    const [met, understood] = direction === "request" ? [old, next] : [next, old];
    if (!understood) return [];
    if (!met) {
      return direction === "request"
        ? [
            {
              where,
              change: `takes only ${list(understood)}`,
              reason: "Callers may send other values, which are refused.",
            },
          ]
        : [{ where, change: "may now be any value", reason: `Readers know only ${list(understood)}.` }];
    }
    const unknown = met.filter((word) => !understood.includes(word));
    if (unknown.length === 0) return [];
    return direction === "request"
      ? [{ where, change: `no longer takes ${list(unknown)}`, reason: "Callers that send it are refused." }]
      : [{ where, change: `may now be ${list(unknown)}`, reason: "Readers were never told of it." }];
  },
  (before, now, direction, where) => {
    const findings: Finding[] = [];
    for (const keyword of ["pattern", "format"] as const) {
      const [old, next] = [before[keyword], now[keyword]];
      if (old === next) continue;
      // Text in an answer may become more various, as it may become longer; another format is another kind of thing.
      if (direction === "request" ? next === undefined : old === undefined || keyword === "pattern") continue;
      const change =
        next === undefined
          ? `no longer has the ${keyword} ${old}`
          : `has the ${keyword} ${next}${old === undefined ? "" : ` instead of ${old}`}`;
      findings.push({
        where,
        change,
        reason: direction === "request" ? "What callers send may not match." : "Readers parse the old one.",
      });
    }
    return findings;
  },
];

const list = (values: readonly unknown[]) => values.map((value) => JSON.stringify(value)).join(", ");

/** Upper bounds and lower bounds. Sizes in answers may change freely: a reader must cope with longer texts, not with other kinds. */
const bounds: readonly { keyword: string; upper: boolean; inAnswers: boolean }[] = [
  { keyword: "maximum", upper: true, inAnswers: true },
  { keyword: "exclusiveMaximum", upper: true, inAnswers: true },
  { keyword: "minimum", upper: false, inAnswers: true },
  { keyword: "exclusiveMinimum", upper: false, inAnswers: true },
  { keyword: "maxLength", upper: true, inAnswers: false },
  { keyword: "minLength", upper: false, inAnswers: false },
  { keyword: "maxItems", upper: true, inAnswers: false },
  { keyword: "minItems", upper: false, inAnswers: false },
  { keyword: "maxProperties", upper: true, inAnswers: false },
  { keyword: "minProperties", upper: false, inAnswers: false },
];

const boundFindings: readonly Find[] = [
  ...bounds.map(
    ({ keyword, upper, inAnswers }): Find =>
      (before, now, direction, where) => {
        const none = upper ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
        const value = (schema: PlainSchema) => (typeof schema[keyword] === "number" ? schema[keyword] : none);
        const tighter = upper ? value(now) < value(before) : value(now) > value(before);
        if (value(now) === value(before) || (direction === "request" ? !tighter : tighter || !inAnswers)) return [];
        const change = `${keyword} ${direction === "request" ? "narrowed" : "widened"} from ${shownBound(before[keyword])} to ${shownBound(now[keyword])}`;
        return [
          {
            where,
            change,
            reason:
              direction === "request" ? "Callers may send what is now refused." : "Readers rely on the old bound.",
          },
        ];
      },
  ),
  (before, now, direction, where) => {
    const [old, next] = [before["multipleOf"], now["multipleOf"]];
    if (old === next || (direction === "request" ? next === undefined : old === undefined)) return [];
    return [
      {
        where,
        change: `multipleOf changed from ${shownBound(old)} to ${shownBound(next)}`,
        reason: "Other numbers than before.",
      },
    ];
  },
];
const shownBound = (value: unknown) => (value === undefined ? "none" : String(value));

const membersOf = ({ properties }: PlainSchema): Record<string, PlainSchema> =>
  isObject(properties) ? (properties as Record<string, PlainSchema>) : {};
const requiredOf = ({ required }: PlainSchema): readonly unknown[] => (Array.isArray(required) ? required : []);

function objectFindings(before: PlainSchema, now: PlainSchema, direction: Direction, where: string): Finding[] {
  const [old, next] = [membersOf(before), membersOf(now)];
  const findings: Finding[] = [];
  for (const [name, schema] of Object.entries(old)) {
    const at = `${where}/${name}`;
    const member = next[name];
    if (!member) {
      const reason =
        direction === "request" ? "What callers send there is refused or no longer looked at." : "Readers look for it.";
      findings.push({ where: at, change: "removed", reason });
      continue;
    }
    const [was, is] = [requiredOf(before).includes(name), requiredOf(now).includes(name)];
    if (direction === "request" && is && !was) {
      findings.push({ where: at, change: "is now required", reason: "Callers may leave it out." });
    }
    if (direction !== "request" && was && !is) {
      findings.push({ where: at, change: "may now be missing", reason: "Readers rely on it." });
    }
    findings.push(...schemaFindings(schema, member, direction, at));
  }
  for (const name of direction === "request" ? Object.keys(next) : []) {
    if (!Object.hasOwn(old, name) && requiredOf(now).includes(name))
      findings.push({ where: `${where}/${name}`, change: "added and required", reason: "Callers do not know of it." });
  }
  return [...findings, ...otherMemberFindings(before, now, direction, where)];
}

/** Members that are not named: forbidden, free, or all of one schema. */
function otherMemberFindings(before: PlainSchema, now: PlainSchema, direction: Direction, where: string): Finding[] {
  const [old, next] = [otherMembers(before), otherMembers(now)];
  const at = `${where}/*`;
  if (isObject(old) && isObject(next)) return schemaFindings(old, next, direction, at);
  if (direction === "request" && next === false && old !== false) {
    return [{ where: at, change: "unknown members are refused", reason: "Callers may send some." }];
  }
  if (isObject(old) && Object.keys(old).length > 0 && direction !== "request" && next === false) {
    return [{ where: at, change: "removed", reason: "Readers look for them." }];
  }
  if (isObject(next) && direction === "request" && old === true) {
    return [{ where: at, change: "unknown members must have a certain type", reason: "Callers may send others." }];
  }
  return [];
}

function otherMembers({ additionalProperties, patternProperties }: PlainSchema): unknown {
  const [record] = isObject(patternProperties) ? Object.values(patternProperties) : [];
  return record ?? additionalProperties ?? true;
}

function arrayFindings(before: PlainSchema, now: PlainSchema, direction: Direction, where: string): Finding[] {
  const [old, next] = [before["items"], now["items"]];
  if (isObject(old) && isObject(next)) return schemaFindings(old, next, direction, `${where}/items`);
  const same = JSON.stringify([old, before["prefixItems"]]) === JSON.stringify([next, now["prefixItems"]]);
  return same
    ? []
    : [{ where: `${where}/items`, change: "changed", reason: "A list of fixed places is not the same list any more." }];
}
