import type { ColumnDefinition, Expr, Statement } from "./ast.ts";
import type { Catalog, Routine, Table } from "./catalog.ts";
import { compile } from "./compile-expression.ts";
import { compileStatement, type Plan } from "./compile-statement.ts";
import { Compiler, type Language, type RoutineCode, Scope, type Variables } from "./compiler.ts";
import { Frame } from "./frame.ts";
import { after, type Command, isRunning } from "./locks.ts";
import { converted } from "./operators.ts";
import { parseScript } from "./parse-definition.ts";
import { parsePlpgsql, type Step, type Variable } from "./parse-plpgsql.ts";
import { NotModelled, SqlError, type SqlType, type Tuple, textOf, type Value } from "./values.ts";

/** A routine of the database's own, compiled once per catalogue. */
export function routineCode(
  language: Language,
  catalog: Catalog,
  name: string,
  transition?: readonly [string, Table],
): RoutineCode {
  const key = `routine ${name} ${transition?.[0] ?? ""}`;
  const known = catalog.compiled.get(key);
  if (known) return known as RoutineCode; // as: what is kept under this key
  const routine = catalog.routines.get(name);
  if (!routine) throw new SqlError("42883", `function ${name} does not exist`);
  let body: RoutineCode["call"] | undefined;
  const made: RoutineCode = {
    columns: columnsOf(catalog, routine),
    takes: routine.parameters.filter(({ mode }) => mode === "in" || mode === "inout").map(({ type }) => type),
    set: routine.set,
    call(f, args, rows) {
      // Compiled when first called: it may name what is made after it.
      body ??= new RoutineCompiler(language, catalog, routine, transition).body();
      return body(f, args, rows);
    },
  };
  catalog.compiled.set(key, made);
  return made;
}

function columnsOf(catalog: Catalog, { name, parameters, returns }: Routine): readonly ColumnDefinition[] {
  const out = parameters.filter(({ mode }) => mode !== "in");
  if (out.length > 0) return out.map((one) => ({ name: one.name ?? "column", type: one.type }));
  const type = returns ?? "void";
  return catalog.fieldsOf(type) ?? [{ name: name.split(".").at(-1) ?? name, type }];
}

/** How a step ended, when it did not simply go on. */
type Ending = "exit" | "continue" | "return" | undefined;
type Call = { readonly f: Frame; readonly vars: Value[]; readonly returned: Tuple[]; readonly transition: Tuple[] };
type Action = (call: Call) => Command<Ending>;

const FOUND = 0;

class RoutineCompiler {
  readonly #language: Language;
  readonly #catalog: Catalog;
  readonly #routine: Routine;
  readonly #transition: readonly [string, Table] | undefined;
  readonly #variables: {
    readonly name: string;
    readonly type: SqlType;
    /** Of a `record`: what was last put into it has these columns. */
    fields?: readonly ColumnDefinition[];
  }[] = [{ name: "found", type: "bool" }];

  constructor(
    language: Language,
    catalog: Catalog,
    routine: Routine,
    transition: readonly [string, Table] | undefined,
  ) {
    this.#language = language;
    this.#catalog = catalog;
    this.#routine = routine;
    this.#transition = transition;
    for (const { name, type } of routine.parameters) this.#variables.push({ name: name ?? "", type });
  }

  body(): RoutineCode["call"] {
    const { language, body, parameters } = this.#routine;
    const inputs = parameters.flatMap(({ mode }, i) => (mode === "in" || mode === "inout" ? [i + 1] : []));
    const action = language === "plpgsql" ? this.#plpgsql(body) : this.#sql(body);
    const count = this.#variables.length;
    const returns = this.#returning();
    return (f, args, transition = []) => {
      const vars: Value[] = new Array(count).fill(null);
      for (const [i, at] of inputs.entries()) vars[at] = args[i] ?? null;
      vars[FOUND] = false;
      const call: Call = { f, vars, returned: [], transition };
      return after(action(call), () => returns(call));
    };
  }

  /** What is left when the routine is over. */
  #returning(): (call: Call) => Tuple[] {
    const { parameters, set, returns } = this.#routine;
    const out = parameters.flatMap(({ mode }, i) => (mode === "in" ? [] : [i + 1]));
    if (set || this.#routine.language === "sql") return ({ returned }) => returned;
    if (out.length > 0) return ({ vars }) => [out.map((at) => vars[at])];
    if (returns === "void" || returns === "trigger") return () => [[""]];
    return ({ returned }) => returned;
  }

  readonly #named: Variables = {
    find: (path) => {
      const own = path[0] === this.#routine.name.split(".").at(-1) && path.length > 1 ? path.slice(1) : path;
      const [name, fieldName] = own;
      let index = this.#variables.length - 1;
      while (index >= 0 && this.#variables[index]?.name !== name) index--;
      const variable = this.#variables[index];
      if (!variable) return undefined;
      if (fieldName === undefined) return { index, type: variable.type };
      const fields = variable.fields ?? this.#catalog.fieldsOf(variable.type);
      const field = fields?.findIndex((one) => one.name === fieldName) ?? -1;
      const found = fields?.[field];
      return found && { index, type: found.type, field };
    },
    positional: (n) => {
      const variable = this.#variables[n];
      return variable && { index: n, type: variable.type };
    },
  };

  #compiler(): Compiler {
    const transitions = new Map(this.#transition ? [this.#transition] : []);
    return new Compiler(this.#catalog, this.#language, this.#named, transitions);
  }

  /** A variable of type `record` has the columns of what is put into it. */
  #fits(name: string, statement: Statement): void {
    const variable = this.#variables.findLast((one) => one.name === name);
    if (variable?.type !== "record") return;
    variable.fields = compileStatement(this.#compiler(), statement).columns;
  }

  /** A statement as a command of its own: it sees what those before it did, and what others have committed by now. */
  #statement(statement: Statement): (call: Call) => Command<Tuple[]> {
    let plan: Plan | undefined;
    const isTrigger = this.#transition !== undefined;
    return ({ f, vars, transition }) => {
      plan ??= compileStatement(this.#compiler(), statement);
      const { txn } = f.snap;
      txn.cid++;
      const frame = new Frame(f.db, f.session, f.db.server.snapshot(txn), plan.size, [], vars);
      if (isTrigger) frame.results[0] = transition;
      return after(plan.exec(frame), (rows) => {
        vars[FOUND] = rows.length > 0;
        return rows;
      });
    };
  }

  #expression(e: Expr, want?: SqlType): (call: Call) => Value {
    const c = this.#compiler();
    const { run } =
      want === undefined
        ? compile(c, new Scope(undefined), e)
        : converted(compile(c, new Scope(undefined), e, want), want);
    const { before } = c;
    const size = c.size();
    return ({ f, vars }) => {
      const { txn } = f.snap;
      txn.cid++;
      const frame = new Frame(f.db, f.session, f.db.server.snapshot(txn), size, [], vars);
      for (const one of before) Compiler.drained(one(frame));
      return run(frame);
    };
  }

  #sql(body: string): Action {
    const statements = parseScript(body).filter((item): item is Statement => "ctes" in item);
    const runs = statements.map((statement) => this.#statement(statement));
    const isVoid = this.#routine.returns === "void";
    const { set } = this.#routine;
    /** All of them from the `n`th on. @returns what the last one gives */
    const from = (call: Call, n: number): Command<Tuple[]> => {
      const command = runs[n]?.(call) ?? [];
      return n + 1 < runs.length ? after(command, () => from(call, n + 1)) : command;
    };
    return (call) =>
      after(from(call, 0), (rows) => {
        if (isVoid) call.returned.push([""]);
        else call.returned.push(...(set ? rows : rows.slice(0, 1)));
        return undefined;
      });
  }

  #plpgsql(body: string): Action {
    const { variables, steps } = parsePlpgsql(body);
    const initial = variables.map((variable) => this.#declare(variable));
    const run = this.#steps(steps);
    return (call) => {
      for (const set of initial) set(call);
      return run(call);
    };
  }

  #declare({ name, type, initial }: Variable): (call: Call) => void {
    const at = this.#variables.push({ name, type }) - 1;
    if (!initial) return () => {};
    const value = this.#expression(initial, type);
    return (call) => {
      call.vars[at] = value(call);
    };
  }

  #steps(steps: readonly Step[]): Action {
    const actions = steps.map((step) => this.#step(step));
    const from = (call: Call, done: number): Command<Ending> => {
      for (let i = done; i < actions.length; i++) {
        const ending = actions[i]?.(call);
        if (isRunning(ending)) return after(ending, (later) => later ?? from(call, i + 1));
        if (ending) return ending;
      }
      return undefined;
    };
    return (call) => from(call, 0);
  }

  #assigning(path: readonly string[]): { readonly type: SqlType; readonly set: (call: Call, value: Value) => void } {
    const found = this.#named.find(path);
    if (!found) throw new SqlError("42601", `"${path.join(".")}" is not a known variable`);
    const { index, type, field } = found;
    return {
      type,
      set({ vars }, value) {
        if (field === undefined) vars[index] = value;
        else {
          const row = [...(vars[index] ?? [])];
          row[field] = value;
          vars[index] = row;
        }
      },
    };
  }

  #step(step: Step): Action {
    switch (step.k) {
      case "assign": {
        const { type, set } = this.#assigning(step.target);
        const value = this.#expression(step.expr, type === "record" ? undefined : type);
        return (call) => {
          set(call, value(call));
          return undefined;
        };
      }
      case "if":
        return this.#conditional(step);
      case "loop":
        return this.#loop(step);
      case "for":
        return this.#range(step);
      case "for each":
        return this.#forEach(step);
      case "for rows":
        return this.#forRows(step);
      case "exit":
      case "continue": {
        const when = step.when && this.#expression(step.when);
        const { k } = step;
        return (call) => (when && when(call) !== true ? undefined : k);
      }
      case "return": {
        const value = step.expr && this.#expression(step.expr, this.#routine.returns);
        const isRow =
          this.#routine.returns !== undefined && this.#catalog.fieldsOf(this.#routine.returns) !== undefined;
        return (call) => {
          if (value) {
            const found = value(call);
            call.returned.push(isRow ? found : [found]);
          }
          return "return";
        };
      }
      case "return query": {
        const run = this.#statement(step.statement);
        return (call) =>
          after(run(call), (rows) => {
            call.returned.push(...rows);
            return undefined;
          });
      }
      case "return next":
        return this.#returnNext(step.expr);
      case "raise": {
        const args = step.args.map((arg) => this.#expression(arg));
        return (call) => {
          let next = 0;
          const message = step.message.replace(/%/g, () => textOf("text", args[next++]?.(call) ?? ""));
          throw new SqlError(step.code, message);
        };
      }
      case "statement":
        return this.#into(step);
      case "execute":
        return () => {
          throw new NotModelled(`execute in ${this.#routine.name}`);
        };
    }
  }

  #conditional({ branches, otherwise }: Extract<Step, { k: "if" }>): Action {
    const compiled = branches.map(({ when, steps }) => ({ when: this.#expression(when), run: this.#steps(steps) }));
    const last = this.#steps(otherwise);
    return (call) => {
      for (const { when, run } of compiled) if (when(call) === true) return run(call);
      return last(call);
    };
  }

  #loop(step: Extract<Step, { k: "loop" }>): Action {
    const condition = step.while && this.#expression(step.while);
    const run = this.#steps(step.steps);
    return function* (call) {
      while (!condition || condition(call) === true) {
        const command = run(call);
        const ending = isRunning(command) ? yield* command : command;
        if (ending === "return") return ending;
        if (ending === "exit") break;
      }
      return undefined;
    };
  }

  #range({ variable, from, to, reverse, steps }: Extract<Step, { k: "for" }>): Action {
    const [first, last] = [this.#expression(from, "int4"), this.#expression(to, "int4")];
    const at = this.#variables.push({ name: variable, type: "int4" }) - 1;
    const run = this.#steps(steps);
    return function* (call) {
      const end = last(call);
      for (let n = first(call); reverse ? n >= end : n <= end; n += reverse ? -1 : 1) {
        call.vars[at] = n;
        const command = run(call);
        const ending = isRunning(command) ? yield* command : command;
        if (ending === "return") return ending;
        if (ending === "exit") break;
      }
      return undefined;
    };
  }

  #forEach({ variable, array, steps }: Extract<Step, { k: "for each" }>): Action {
    const values = this.#expression(array);
    const { set } = this.#assigning([variable]);
    const run = this.#steps(steps);
    return function* (call) {
      for (const value of values(call) ?? []) {
        set(call, value);
        const command = run(call);
        const ending = isRunning(command) ? yield* command : command;
        if (ending === "return") return ending;
        if (ending === "exit") break;
      }
      return undefined;
    };
  }

  #forRows({ variable, query, steps }: Extract<Step, { k: "for rows" }>): Action {
    const rows = this.#statement(query);
    const { set } = this.#assigning([variable]);
    this.#fits(variable, query);
    const run = this.#steps(steps);
    return function* (call) {
      const found = rows(call);
      for (const row of isRunning(found) ? yield* found : found) {
        set(call, row);
        const command = run(call);
        const ending = isRunning(command) ? yield* command : command;
        if (ending === "return") return ending;
        if (ending === "exit") break;
      }
      return undefined;
    };
  }

  #returnNext(e: Expr | undefined): Action {
    const out = this.#routine.parameters.flatMap(({ mode }, i) => (mode === "in" ? [] : [i + 1]));
    const value = e && this.#expression(e);
    return (call) => {
      const found = value ? value(call) : out.map((at) => call.vars[at]);
      call.returned.push(Array.isArray(found) ? found : [found]);
      return undefined;
    };
  }

  #into({ statement, into }: Extract<Step, { k: "statement" }>): Action {
    const run = this.#statement(statement);
    const targets = into.map((path) => this.#assigning(path));
    if (into.length === 1) this.#fits(into[0]?.[0] ?? "", statement);
    const [only] = targets;
    // A variable of a row's type takes the whole row; several take a column each.
    const isRow =
      targets.length === 1 && only && (only.type === "record" || this.#catalog.fieldsOf(only.type) !== undefined);
    return (call) =>
      after(run(call), ([row]) => {
        if (isRow) only.set(call, row ?? null);
        else for (const [i, { set }] of targets.entries()) set(call, row?.[i] ?? null);
        return undefined;
      });
  }
}
