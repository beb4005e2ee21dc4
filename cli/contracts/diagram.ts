import type { Contract, EventType } from "@souk/contract";

/** What of a declaration the picture shows. */
export type Node = {
  readonly contract: Contract;
  readonly calls: Readonly<Record<string, Contract>>;
  readonly consumes: readonly EventType[];
};

/** The services as a Mermaid graph: a line for calls, a dotted one for events, from who publishes to who consumes. */
export function diagram(nodes: readonly Node[]): string {
  const ids = new Map(nodes.map(({ contract }) => [contract.name, contract.name.replaceAll("-", "_")]));
  const idOf = (name: string) => ids.get(name) ?? name;
  const publishers = new Map(
    nodes.flatMap(({ contract }) => Object.values(contract.events).map(({ type }) => [type, contract.name] as const)),
  );
  const calls = nodes.flatMap(({ contract, calls }) =>
    Object.values(calls).map((callee) => `  ${idOf(contract.name)} --> ${idOf(callee.name)}`),
  );
  const events = nodes.flatMap(({ contract, consumes }) => {
    const byPublisher = Map.groupBy(consumes, ({ type }) => publishers.get(type));
    return [...byPublisher].flatMap(([publisher, types]) =>
      publisher === undefined
        ? []
        : [`  ${idOf(publisher)} -. "${types.map(({ type }) => type).join("<br>")}" .-> ${idOf(contract.name)}`],
    );
  });
  return ["flowchart LR", ...[...ids].map(([name, id]) => `  ${id}["${name}"]`), ...calls, ...events].join("\n");
}
