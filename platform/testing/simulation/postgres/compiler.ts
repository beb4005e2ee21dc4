import type { ColumnDefinition, Query } from "./ast.ts";
import type { Catalog, Table } from "./catalog.ts";
import { anywhere, type Code, type Frame, type Size } from "./frame.ts";
import { after, type Command, isRunning } from "./locks.ts";
import { converted } from "./operators.ts";
import { NotModelled, SqlError, type SqlType, type Tuple, type Value } from "./values.ts";

export type QueryCode = {
  readonly columns: readonly ColumnDefinition[];
  /** Looks at rows of the queries around it: its answer differs from one of them to the next. */
  readonly correlated: boolean;
  readonly run: (f: Frame) => Tuple[];
  /** Instead of `run`, when it may have to wait. */
  readonly exec: ((f: Frame) => Command<Tuple[]>) | undefined;
};

export type RoutineCode = {
  readonly columns: readonly ColumnDefinition[];
  readonly takes: readonly SqlType[];
  /** Returns rows; otherwise one value, or one row when it has several columns. */
  readonly set: boolean;
  /** @param transition what a statement wrote, for a trigger's routine */
  readonly call: (f: Frame, args: Value[], transition?: Tuple[]) => Command<Tuple[]>;
};

/** The parts of the compiler that need each other. */
export type Language = {
  readonly query: (c: Compiler, query: Query, outer: Scope | undefined, options?: QueryOptions) => QueryCode;
  /** @param transition how a trigger's routine calls the rows that were written, and of what table they are */
  readonly routine: (catalog: Catalog, name: string, transition?: readonly [string, Table]) => RoutineCode;
};
export type QueryOptions = {
  /** What each column is for: the type of a parameter that stands there. */
  readonly wants?: readonly SqlType[];
  /** The statement itself, and not a part of it. */
  readonly top?: boolean;
};

/** A row source that names can refer to. */
export type Entry = {
  readonly alias: string;
  readonly slot: number;
  readonly columns: readonly ColumnDefinition[];
  readonly table: Table | undefined;
  /** Its columns are found by its alias only. */
  readonly qualified?: true;
};

export type CteReference = { readonly result: number; readonly columns: readonly ColumnDefinition[] };

/** Variables of a routine that a statement in it can name. */
export type Variables = {
  readonly find: (
    path: readonly string[],
  ) => { readonly index: number; readonly type: SqlType; readonly field?: number } | undefined;
  /** `$1`, where routines may say so. */
  readonly positional: (n: number) => { readonly index: number; readonly type: SqlType } | undefined;
};

/** What is being grouped: expressions over groups are compiled differently. */
export type Grouping = { readonly aggregates: AggregateCode[] };
export type AggregateCode = {
  readonly slot: number;
  readonly begin: () => Accumulator;
};
export type Accumulator = { readonly add: (f: Frame) => void; readonly result: () => Value };

export class Scope {
  readonly entries: Entry[] = [];
  /** Columns that a join `using` them has made one. */
  readonly merged = new Map<string, Code>();
  readonly ctes = new Map<string, CteReference>();
  readonly parent: Scope | undefined;
  grouping: Grouping | undefined;
  /** Something in here looked at a row of `parent`. */
  correlated = false;

  constructor(parent: Scope | undefined) {
    this.parent = parent;
  }

  cte(name: string): CteReference | undefined {
    return this.ctes.get(name) ?? this.parent?.cte(name);
  }
}

/** Gives out the numbers of one statement's parts. */
export class Compiler {
  readonly catalog: Catalog;
  readonly language: Language;
  readonly variables: Variables | undefined;
  readonly parameters: { readonly n: number; readonly type: SqlType }[] = [];
  /** Done once, before everything else, and may have to wait. */
  readonly before: ((f: Frame) => Command<undefined>)[] = [];
  #slots = 0;
  #once = 0;
  #results = 0;
  #aggregates = 0;
  #windows = 0;
  /** Slots that were looked at since it was last set. */
  touched = new Set<number>();
  /** Rows handed to a trigger, by the name it gave them. */
  readonly transitions: ReadonlyMap<string, Table>;

  constructor(
    catalog: Catalog,
    language: Language,
    variables?: Variables,
    transitions: ReadonlyMap<string, Table> = new Map(),
  ) {
    this.catalog = catalog;
    this.language = language;
    this.variables = variables;
    this.transitions = transitions;
  }

  /** What a frame needs to hold; the compilation must be over. */
  size(): Size {
    return {
      slots: this.#slots,
      results: this.#results,
      once: this.#once,
      aggregates: this.#aggregates,
      windows: this.#windows,
    };
  }
  newSlot = (): number => this.#slots++;
  newOnce = (): number => this.#once++;
  newResult = (): number => this.#results++;
  newAggregate = (): number => this.#aggregates++;
  newWindow = (): number => this.#windows++;

  parameter(n: number, want: SqlType | undefined): Code {
    const argument = this.variables?.positional(n);
    if (argument) return { type: argument.type, run: (f) => f.vars[argument.index], at: anywhere };
    const type = want ?? this.parameters.find((one) => one.n === n)?.type ?? "unknown";
    let at = this.parameters.findIndex((one) => one.n === n && one.type === type);
    if (at < 0) at = this.parameters.push({ n, type }) - 1;
    return { type, run: (f) => f.params[at], at: anywhere };
  }

  /** What a name means. */
  column(scope: Scope, path: readonly string[]): Code {
    const found = this.#inScopes(scope, path) ?? this.#variable(path);
    if (!found) throw new SqlError("42703", `column "${path.join(".")}" does not exist`);
    return found;
  }

  #inScopes(scope: Scope, path: readonly string[]): Code | undefined {
    const passed: Scope[] = [];
    for (let at: Scope | undefined = scope; at; at = at.parent) {
      const found = this.#inScope(at, path);
      if (found) {
        for (const one of passed) one.correlated = true;
        return found;
      }
      passed.push(at);
    }
    return undefined;
  }

  #inScope(scope: Scope, path: readonly string[]): Code | undefined {
    const [first = "", second] = path.length === 3 ? path.slice(1) : path;
    if (second !== undefined) {
      const entry = scope.entries.find(({ alias }) => alias === first);
      return entry && this.#columnOf(entry, second);
    }
    const merged = scope.merged.get(first);
    if (merged) return merged;
    const having = scope.entries.filter(
      ({ columns, qualified }) => !qualified && columns.some(({ name }) => name === first),
    );
    if (having.length > 1) throw new SqlError("42702", `column reference "${first}" is ambiguous`);
    const [entry] = having;
    if (entry) return this.#columnOf(entry, first);
    const whole = scope.entries.find(({ alias }) => alias === first);
    if (whole) return this.#wholeRow(whole);
    const real = first === "ctid" ? scope.entries.find(({ table }) => table !== undefined) : undefined;
    return real && this.#columnOf(real, first);
  }

  #columnOf({ slot, columns, table, alias }: Entry, name: string): Code {
    const at = columns.findIndex((column) => column.name === name);
    const column = columns[at];
    if (!column) {
      if (name === "ctid" && table) {
        this.touched.add(slot);
        return { type: "tid", run: (f) => f.refs[slot] };
      }
      throw new SqlError("42703", `column ${alias}.${name} does not exist`);
    }
    this.touched.add(slot);
    return {
      type: column.type,
      run: (f) => {
        const row = f.rows[slot];
        return row ? row[at] : null;
      },
      at: { slot, column: at },
    };
  }

  #wholeRow({ slot, table, columns }: Entry): Code {
    this.touched.add(slot);
    const [only] = columns;
    // A function that returns one column is that column.
    if (!table && only && columns.length === 1) return { type: only.type, run: (f) => f.rows[slot]?.[0] ?? null };
    return { type: table?.name ?? "record", run: (f) => f.rows[slot] ?? null };
  }

  #variable(path: readonly string[]): Code | undefined {
    const found = this.variables?.find(path);
    if (!found) return undefined;
    const { index, type, field } = found;
    if (field === undefined) return { type, run: (f) => f.vars[index], at: anywhere };
    return { type, run: (f) => f.vars[index]?.[field] ?? null, at: anywhere };
  }

  /** @throws NotModelled when the routine has to wait: it is called in the middle of an expression */
  static drained<T>(command: Command<T>): T {
    if (!isRunning(command)) return command;
    const step = command.next();
    if (!step.done) throw new NotModelled("a routine that waits for a lock inside an expression");
    return step.value;
  }

  /** A value that is worked out once at the beginning, waiting if need be. */
  once(work: (f: Frame) => Command<Value>, type: SqlType): Code {
    const at = this.newOnce();
    this.before.push((f) =>
      after(work(f), (value) => {
        f.once[at] = value;
        return undefined;
      }),
    );
    return { type, run: (f) => f.once[at] };
  }
}

export const convertedAll = (codes: readonly Code[], types: readonly SqlType[]): Code[] =>
  codes.map((code, i) => converted(code, types[i] ?? code.type));
