import type { Node } from "oxc-parser";

type Kind = "clock" | "chance" | "timer" | "environment" | "sql" | "word";
/** Something that is forbidden in some places; `text` is what the reader will find in that line. */
export type Use = { readonly line: number; readonly kind: Kind; readonly text: string };
type Found = Omit<Use, "line">;

const chance = { randomUUID: "chance", randomBytes: "chance", randomInt: "chance", getRandomValues: "chance" } as const;
const members: Readonly<Record<string, Readonly<Record<string, Kind>>>> = {
  Date: { now: "clock" },
  performance: { now: "clock" },
  Math: { random: "chance" },
  AbortSignal: { timeout: "timer" },
  crypto: chance,
  process: { env: "environment", hrtime: "clock" },
  globalThis: { setTimeout: "timer", setInterval: "timer", setImmediate: "timer" },
};
const timers = ["setTimeout", "setInterval", "setImmediate"];
const timerModules = ["node:timers", "node:timers/promises"];
const named: Readonly<Record<string, Readonly<Record<string, Kind>>>> = {
  "node:crypto": chance,
  "node:process": { env: "environment", hrtime: "clock" },
};

/** What one node of the syntax tree takes from the outside world, or says to a database, or calls by name. */
export function usesOf(node: Node, parent: Node | undefined, key: string): Found[] {
  switch (node.type) {
    case "ImportDeclaration":
      return node.importKind === "type" ? [] : ofImport(node.source.value, node.specifiers);
    case "MemberExpression":
      return node.object.type === "Identifier" ? ofMember(node.object.name, nameOf(node.property)) : [];
    case "VariableDeclarator": {
      const owner = node.init?.type === "Identifier" ? node.init.name : "";
      const properties = node.id.type === "ObjectPattern" ? node.id.properties : [];
      return properties.flatMap((property) =>
        property.type === "Property" ? ofMember(owner, nameOf(property.key)) : [],
      );
    }
    case "NewExpression":
      return isDate(node.callee) && node.arguments.length === 0 ? [{ kind: "clock", text: "new Date()" }] : [];
    case "CallExpression":
      return isDate(node.callee) ? [{ kind: "clock", text: "Date()" }] : [];
    case "Identifier":
      return timers.includes(node.name) && isReference(parent, key) ? [{ kind: "timer", text: node.name }] : [];
    case "TaggedTemplateExpression":
      return statement.test(node.quasi.quasis[0]?.value.raw ?? "") ? [{ kind: "sql", text: "an SQL statement" }] : [];
    case "Literal":
      return typeof node.value === "string" && key !== "source" ? ofText(node.value) : [];
    case "TemplateLiteral":
      return parent?.type === "TaggedTemplateExpression" ? [] : ofText(node.quasis[0]?.value.raw ?? "");
    default:
      return [];
  }
}

const ofImport = (specifier: string, imported: readonly Node[]): Found[] => {
  if (timerModules.includes(specifier)) return [{ kind: "timer", text: specifier }];
  return imported.flatMap((item) => {
    const name = item.type === "ImportSpecifier" ? nameOf(item.imported) : "";
    const kind = named[specifier]?.[name];
    return kind ? [{ kind, text: `${specifier.replace("node:", "")}.${name}` }] : [];
  });
};

const ofMember = (owner: string, name: string): Found[] => {
  const kind = members[owner]?.[name];
  return kind ? [{ kind, text: `${owner}.${name}` }] : [];
};

const nameOf = (node: Node): string =>
  node.type === "Identifier" ? node.name : node.type === "Literal" ? String(node.value) : "";

const isDate = (node: Node) => node.type === "Identifier" && node.name === "Date";

/** False for the name of a property or a type, which is nobody's global. */
const isReference = (parent: Node | undefined, key: string) =>
  key !== "exprName" &&
  key !== "local" &&
  key !== "imported" &&
  !((key === "property" || key === "key") && parent && "computed" in parent && !parent.computed);

const statement = /^\s*(select|insert|update|delete|with|create|alter|drop|truncate|merge|lock)\s/i;
// More is asked of a plain string, so that a sentence which begins with "Select" or "Update" is not taken for SQL.
const statementInString =
  /^\s*(select\s[\s\S]+\sfrom\s|insert into\s|update\s+\S+\s+set\s|delete from\s|(create|alter|drop) (unique index|table|index|function|role|schema)\s)/i;
const startsInOneCase = /^\s*([a-z]+|[A-Z]+)\s/;

const ofText = (text: string): Found[] =>
  startsInOneCase.test(text) && statementInString.test(text)
    ? [{ kind: "sql", text: "an SQL statement" }]
    : [{ kind: "word", text }];
