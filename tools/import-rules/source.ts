import { type Node, parseSync, visitorKeys } from "oxc-parser";
import { type Use, usesOf } from "./uses.ts";

/** `typeOnly` imports are gone when the program runs. */
export type Import = { readonly line: number; readonly specifier: string; readonly typeOnly: boolean };
/** One file, as far as the rules care. */
export type Source = { readonly path: string; readonly imports: readonly Import[]; readonly uses: readonly Use[] };

/** Parses one TypeScript file. @throws Error naming the file when it does not parse */
export function readSource(path: string, text: string): Source {
  const { program, errors } = parseSync(path, text, { astType: "ts" });
  const [error] = errors;
  if (error) throw new Error(`${path}: ${error.message}`);
  const imports: Import[] = [];
  const uses: Use[] = [];
  const lineOf = lines(text);
  walk(program, (node, parent, key) => {
    const line = () => lineOf(node.start);
    const imported = importOf(node);
    if (imported) imports.push({ line: line(), ...imported });
    for (const use of usesOf(node, parent, key)) uses.push({ line: line(), ...use });
  });
  return { path, imports, uses };
}

function importOf(node: Node): Omit<Import, "line"> | undefined {
  switch (node.type) {
    case "ImportDeclaration":
      return { specifier: node.source.value, typeOnly: node.importKind === "type" };
    case "ExportNamedDeclaration":
    case "ExportAllDeclaration":
      return node.source ? { specifier: node.source.value, typeOnly: node.exportKind === "type" } : undefined;
    case "TSImportType":
      return { specifier: node.source.value, typeOnly: true };
    case "ImportExpression": {
      const specifier = textOf(node.source);
      return specifier === undefined ? undefined : { specifier, typeOnly: false };
    }
    default:
      return undefined;
  }
}

/** What a text in the source says; undefined when that is only known at run time. */
function textOf(node: Node): string | undefined {
  if (node.type === "Literal" && typeof node.value === "string") return node.value;
  if (node.type === "TemplateLiteral" && node.expressions.length === 0)
    return node.quasis[0]?.value.cooked ?? undefined;
  return undefined;
}

function walk(node: Node, visit: (node: Node, parent: Node | undefined, key: string) => void, parent?: Node, key = "") {
  visit(node, parent, key);
  for (const child of visitorKeys[node.type] ?? []) {
    // The keys of a node's type name its children; the parser's types have no index signature for them.
    const value = (node as unknown as Record<string, Node | (Node | null)[] | null | undefined>)[child];
    if (Array.isArray(value)) {
      for (const item of value) if (item) walk(item, visit, node, child);
    } else if (value) walk(value, visit, node, child);
  }
}

/** Counted from 1. */
function lines(text: string): (offset: number) => number {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return (offset) => {
    const next = starts.findIndex((start) => start > offset);
    return next < 0 ? starts.length : next;
  };
}
