import type { Expr } from "./ast.ts";
import { compile } from "./compile-expression.ts";
import type { Compiler, Scope } from "./compiler.ts";
import type { Code } from "./frame.ts";
import { and } from "./operators.ts";
import type { Loop, Probe, Step } from "./table-scan.ts";

export const conjuncts = (e: Expr | undefined): Expr[] =>
  e === undefined ? [] : e.k === "and" ? [...conjuncts(e.left), ...conjuncts(e.right)] : [e];

/** The sources one inside the other, each condition checked as soon as all that it looks at is there. */
export function plan(c: Compiler, scope: Scope, steps: readonly Step[], list: readonly Expr[]) {
  const own = new Set(steps.flatMap(({ slots }) => slots));
  const touched = c.touched;
  const conditions = list.flatMap(conjuncts).map((e) => {
    c.touched = new Set();
    const code = compile(c, scope, e, "bool");
    for (const slot of c.touched) touched.add(slot);
    return { code, needs: [...c.touched].filter((slot) => own.has(slot)), placed: false };
  });
  c.touched = touched;
  const bound = new Set<number>();
  const loops = steps.map((step) => {
    for (const slot of step.slots) bound.add(slot);
    const placed = conditions.filter((one) => !one.placed && one.needs.every((slot) => bound.has(slot)));
    for (const condition of placed) condition.placed = true;
    const codes = placed.map(({ code }) => code);
    return step.loop(allOf(codes), probeOf(step, codes));
  });
  const all = allOf(conditions.map(({ code }) => code));
  const first = chain(loops);
  // Without any source there is one row, if the conditions hold.
  const loop: Loop = steps.length > 0 || !all ? first : (f, next) => (all.run(f) === true ? next() : false);
  return { loop, all };
}

function chain(loops: readonly Loop[]): Loop {
  const [first, ...rest] = loops;
  if (!first) return (_, next) => next();
  if (rest.length === 0) return first;
  const inner = chain(rest);
  return (f, next) => first(f, () => inner(f, next));
}

const allOf = (codes: readonly Code[]): Code | undefined =>
  codes.reduce<Code | undefined>((a, b) => (a ? and(a, b) : b), undefined);

/** By which columns a source's rows can be found: those that must equal what is known before them. */
function probeOf({ slots }: Step, conditions: readonly Code[]): Probe | undefined {
  const [slot, ...others] = slots;
  if (others.length > 0) return undefined;
  const found = new Map<number, Code["run"]>();
  const add = ({ at }: Code, value: Code) => {
    if (at && at.slot === slot && value.at && value.at.slot !== slot) found.set(at.column, value.run);
  };
  for (const { equals } of conditions) {
    if (!equals) continue;
    add(equals[0], equals[1]);
    add(equals[1], equals[0]);
  }
  if (found.size === 0) return undefined;
  const runs = [...found.values()];
  return { columns: [...found.keys()], values: (f) => runs.map((run) => run(f)) };
}
