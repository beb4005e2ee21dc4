import { type Leaf, REJECTED, type Shape, shapeOf } from "./shape.ts";
import type { AnySaga } from "./types.ts";

/** The saga as a Mermaid flow chart: the steps downwards, what takes them back as dotted arrows upwards. */
export function toMermaid(saga: AnySaga): string {
  const shape = shapeOf(saga);
  const groups = shape.groups.filter(([leaf]) => leaf?.name !== REJECTED);
  const ids = new Map([...shape.leaves.keys()].map((name, i) => [name, `s${i}`]));
  const id = ({ name }: Leaf) => ids.get(name) ?? name;
  const undo = (leaf: Leaf) => `${id(leaf)}u`;
  const lines = ["flowchart TD", "  start([start])"];

  for (const [at, group] of groups.entries()) {
    const drawn = group.map((leaf) => `${id(leaf)}${box(leaf)}`);
    if (group.length === 1) lines.push(...drawn.map((line) => `  ${line}`));
    else
      lines.push(
        `  subgraph g${at}["${text(saga.steps[at]?.name ?? "")}"]`,
        ...drawn.map((line) => `    ${line}`),
        "  end",
      );
  }
  lines.push("  completed([completed])");
  for (const [from, to] of pairs([["start"], ...groups.map((group) => group.map(id)), ["completed"]]))
    for (const a of from) for (const b of to) lines.push(`  ${a} --> ${b}`);

  const way = wayBack(shape);
  for (const leaf of way) lines.push(`  ${undo(leaf)}["undo ${text(leaf.name)}"]`);
  if (groups.some((group) => group.some(canFail))) {
    if (saga.rejected) lines.push("  rejected[rejected]");
    lines.push("  compensated([compensated])");
    const end = [...(saga.rejected ? ["rejected"] : []), "compensated"];
    const stations = [...way.map(undo), ...end];
    for (const [from, to] of pairs(stations)) lines.push(`  ${from} --> ${to}`);
    for (const [at, group] of groups.entries())
      for (const leaf of group.filter(canFail)) {
        const first = way.find(
          (other) => groups.findIndex((g) => g.includes(other)) <= at && isUndoneAfter(leaf, other),
        );
        lines.push(
          `  ${id(leaf)} -.->|${leaf.kind === "wait" ? "expired" : "refused"}| ${first ? undo(first) : end[0]}`,
        );
      }
  }
  return `${lines.join("\n")}\n`;
}

/** The undos in the order in which they run. */
export const wayBack = ({ groups }: Shape): Leaf[] =>
  groups
    .toReversed()
    .flatMap((group) => group.toReversed())
    .filter((leaf) => leaf.undoable && leaf.name !== REJECTED);

/** A local step that was refused has not happened. */
export const isUndoneAfter = (failed: Leaf, undone: Leaf): boolean => failed !== undone || failed.kind !== "local";

export const canFail = (leaf: Leaf): boolean => !leaf.forwardOnly && leaf.kind !== "retriable";

const pairs = <T>(list: readonly T[]): [T, T][] => list.slice(1).map((next, i) => [list[i] as T, next]); // as: i < length

const text = (name: string) => name.replaceAll('"', "#quot;");

function box(leaf: Leaf): string {
  const name = text(leaf.name);
  if (leaf.isPivot) return `{{"${name}"}}`;
  if (leaf.kind === "wait") return `(["wait for ${name}"])`;
  return leaf.kind === "local" ? `[("${name}")]` : `["${name}"]`;
}
