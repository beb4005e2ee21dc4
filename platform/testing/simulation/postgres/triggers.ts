import type { Table } from "./catalog.ts";
import type { Compiler } from "./compiler.ts";
import type { Frame } from "./frame.ts";
import { isRunning, type Running } from "./locks.ts";
import type { Tuple } from "./values.ts";

/** Runs the triggers that a statement sets off, once for the statement. @param rows what it wrote */
export function* fire(
  c: Compiler,
  f: Frame,
  table: Table,
  timing: "before" | "after",
  event: string,
  rows: Tuple[],
): Running<void> {
  for (const trigger of table.triggers) {
    if (trigger.timing !== timing || !trigger.events.includes(event)) continue;
    const transition = trigger.transition === undefined ? undefined : ([trigger.transition, table] as const);
    const command = c.language.routine(c.catalog, trigger.routine, transition).call(f, [], rows);
    if (isRunning(command)) yield* command;
  }
}
