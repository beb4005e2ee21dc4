import type { ColumnDefinition, Expr, Query, RoutineParameter } from "./ast.ts";
import { NotModelled, SqlError, type SqlType } from "./values.ts";

export type Column = ColumnDefinition & {
  readonly notNull: boolean;
  readonly fallback: Expr | undefined;
  /** Of an identity column. */
  readonly sequence: Sequence | undefined;
};
export type Unique = {
  readonly name: string;
  readonly columns: readonly number[];
  readonly primary: boolean;
  readonly where: Expr | undefined;
};
export type Check = { readonly name: string; readonly expr: Expr };
export type ForeignKey = {
  readonly name: string;
  readonly columns: readonly number[];
  readonly table: string;
  readonly to: readonly string[] | undefined;
  readonly cascade: boolean;
};
export type Trigger = {
  readonly timing: "before" | "after";
  readonly events: readonly string[];
  readonly transition: string | undefined;
  readonly routine: string;
};
export type Table = {
  /** Where its rows are in a database's `heaps`. */
  readonly id: number;
  readonly name: string;
  readonly columns: Column[];
  readonly uniques: Unique[];
  readonly checks: Check[];
  readonly foreignKeys: ForeignKey[];
  readonly triggers: Trigger[];
};
export type Sequence = { readonly id: number; readonly name: string };
export type Routine = {
  readonly name: string;
  readonly parameters: readonly RoutineParameter[];
  readonly returns: SqlType | undefined;
  readonly set: boolean;
  readonly language: string;
  readonly body: string;
};

/** What a database is made of; the same for all that were made by the same migrations. */
export class Catalog {
  readonly tables = new Map<string, Table>();
  readonly sequences = new Map<string, Sequence>();
  readonly views = new Map<string, Query>();
  readonly types = new Map<string, readonly ColumnDefinition[]>();
  readonly routines = new Map<string, Routine>();
  /** Whatever was compiled against it, by text. */
  readonly compiled = new Map<string, unknown>();

  table(name: string): Table {
    const found = this.tables.get(name);
    if (!found) throw new SqlError("42P01", `relation "${name}" does not exist`);
    return found;
  }

  /** The fields of a composite type or of a table's rows; undefined when it is neither. */
  fieldsOf(type: SqlType): readonly ColumnDefinition[] | undefined {
    return this.types.get(type) ?? this.tables.get(type)?.columns;
  }

  sequence(name: string): Sequence {
    const found = this.sequences.get(name.replace(/^public\./, ""));
    if (!found) throw new SqlError("42P01", `sequence "${name}" does not exist`);
    return found;
  }

  /** Those that reference a table. */
  *referencing(table: Table): Iterable<{ readonly from: Table; readonly key: ForeignKey }> {
    for (const from of this.tables.values())
      for (const key of from.foreignKeys) if (key.table === table.name) yield { from, key };
  }
}

export const columnIndex = (table: Table, name: string): number => {
  const at = table.columns.findIndex((column) => column.name === name);
  if (at < 0) throw new SqlError("42703", `column "${name}" of relation "${table.name}" does not exist`);
  return at;
};

/** The columns a foreign key points to: by default the primary key. */
export function targetOf(
  catalog: Catalog,
  key: ForeignKey,
): { readonly table: Table; readonly columns: readonly number[] } {
  const table = catalog.table(key.table);
  if (key.to) return { table, columns: key.to.map((name) => columnIndex(table, name)) };
  const primary = table.uniques.find((unique) => unique.primary);
  if (!primary) throw new NotModelled(`${key.name} references a table without primary key`);
  return { table, columns: primary.columns };
}
