import { canFail, isUndoneAfter, wayBack } from "./mermaid.ts";
import { type Leaf, REJECTED, shapeOf } from "./shape.ts";
import type { AnySaga } from "./types.ts";

type State = { readonly Type: string; readonly Next?: string; readonly End?: true; readonly [member: string]: unknown };
/** A state machine of the Amazon States Language: https://states-language.net/spec.html */
export type StateMachine = {
  readonly Comment: string;
  readonly QueryLanguage: "JSONata";
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
};

export type ExportOptions = {
  /** The function that performs a step or its undo. Default: `${saga}-${step}`, with an `undo-` before the step's name. */
  readonly functionName?: (saga: string, step: string, action: "do" | "undo") => string;
};

/** The largest number of attempts that the language knows; some three years at a minute each. */
const ALWAYS = 99_999_999;
const MERGED = "{% $merge([$states.input, $type($states.result) = 'object' ? $states.result : {}]) %}";
const FAILED = "{% $merge([$states.input, {'failure': $states.errorOutput}]) %}";

/**
 * The saga for AWS Step Functions, unchanged in meaning: a function per step that returns the step's outcome, which is merged
 * into the data. A final refusal is the error named `Refused`; every other error leaves the outcome unknown and is asked again.
 * Functions derive their idempotency key from the execution's name and the step. A window becomes a number of attempts.
 */
export function toAmazonStatesLanguage(saga: AnySaga, { functionName = nameOf }: ExportOptions = {}): StateMachine {
  const shape = shapeOf(saga);
  const groups = shape.groups.filter(([leaf]) => leaf?.name !== REJECTED);
  const way = wayBack(shape);
  const States: Record<string, State> = {};
  const entrance = (at: number) => {
    const group = groups[at];
    return group === undefined ? "completed" : group.length > 1 ? (saga.steps[at]?.name ?? "") : (group[0]?.name ?? "");
  };
  const lastUndo = saga.rejected ? REJECTED : "compensated";
  /** Where the way back begins when `failed` of group `at` did; after a parallel group, when any of it did. */
  const undosFrom = (at: number, failed?: Leaf) => {
    const reached = (leaf: Leaf) => groups.findIndex((group) => group.includes(leaf)) <= at;
    const first = way.find((leaf) => reached(leaf) && (!failed || isUndoneAfter(failed, leaf)));
    return first ? undoOf(first.name) : lastUndo;
  };
  const task = (step: string, action: "do" | "undo", more: Record<string, unknown>): State => ({
    Type: "Task",
    Resource: "arn:aws:states:::lambda:invoke",
    Arguments: { FunctionName: functionName(saga.name, step, action), Payload: "{% $states.input %}" },
    Output: MERGED.replaceAll("$states.result", "$states.result.Payload"),
    ...more,
  });

  const forward = (leaf: Leaf, after: { Next: string } | { End: true }, fallBack: string | undefined): State => {
    const Catch = fallBack ? [{ ErrorEquals: catches(leaf), Next: fallBack, Output: FAILED }] : undefined;
    if (leaf.step?.kind !== "wait")
      return task(leaf.name, "do", {
        TimeoutSeconds: timeoutOf(leaf),
        Retry: retriesOf(leaf),
        ...(Catch && { Catch }),
        ...after,
      });
    return task(leaf.name, "do", {
      Resource: "arn:aws:states:::lambda:invoke.waitForTaskToken",
      Arguments: {
        FunctionName: functionName(saga.name, leaf.name, "do"),
        Payload: "{% $merge([$states.input, {'taskToken': $states.context.Task.Token}]) %}",
      },
      Output: MERGED,
      TimeoutSeconds: Math.ceil(leaf.step.windowMs / 1_000),
      ...(Catch && { Catch }),
      ...after,
    });
  };

  for (const [at, group] of groups.entries()) {
    const [only] = group;
    const Next = entrance(at + 1);
    if (only && group.length === 1) {
      States[only.name] = forward(only, { Next }, canFail(only) ? undosFrom(at, only) : undefined);
      continue;
    }
    const name = entrance(at);
    const check = `${name}: all done?`;
    // A branch that failed must not stop the others in the middle: it ends with a mark, and the choice after them turns back.
    States[name] = {
      Type: "Parallel",
      Branches: group.map((leaf) => ({
        StartAt: leaf.name,
        States: {
          [leaf.name]: forward(leaf, { End: true }, canFail(leaf) ? `${leaf.name} failed` : undefined),
          ...(canFail(leaf) && { [`${leaf.name} failed`]: { Type: "Pass", End: true } }),
        },
      })),
      Output: "{% $merge($append([$states.input], $states.result)) %}",
      Next: check,
    };
    States[check] = {
      Type: "Choice",
      Choices: [
        { Condition: "{% $exists($states.input.failure) %}", Next: group.some(canFail) ? undosFrom(at) : Next },
      ],
      Default: Next,
    };
  }

  const goesBack = groups.some((group) => group.some(canFail));
  if (goesBack) {
    const stations = [...way.map(({ name }) => undoOf(name)), lastUndo];
    for (const [i, { name }] of way.entries())
      States[undoOf(name)] = task(name, "undo", {
        TimeoutSeconds: 5,
        Retry: [endless],
        Next: stations[i + 1] ?? lastUndo,
      });
    if (saga.rejected)
      States[REJECTED] = task(REJECTED, "do", { TimeoutSeconds: 5, Retry: [endless], Next: "compensated" });
    States["compensated"] = {
      Type: "Fail",
      Error: "{% $states.input.failure.Error %}",
      Cause: "{% $states.input.failure.Cause %}",
    };
  }
  States["completed"] = { Type: "Succeed" };
  return { Comment: `Saga ${saga.name}`, QueryLanguage: "JSONata", StartAt: entrance(0), States };
}

const undoOf = (step: string) => `undo ${step}`;
const nameOf = (saga: string, step: string, action: "do" | "undo") =>
  `${saga}-${action === "undo" ? "undo-" : ""}${step}`.replaceAll(/[^A-Za-z0-9-_]+/g, "-");

const patience = { IntervalSeconds: 1, BackoffRate: 2, JitterStrategy: "FULL" };
const endless = { ErrorEquals: ["States.ALL"], ...patience, MaxAttempts: ALWAYS, MaxDelaySeconds: 60 };
const unlessRefused = { ErrorEquals: ["Refused"], MaxAttempts: 0 };

/** A pivot turns back only when it was refused: its other errors leave open whether it has happened. */
const catches = (leaf: Leaf) => [leaf.isPivot ? "Refused" : "States.ALL"];

function retriesOf(leaf: Leaf): unknown[] {
  if (leaf.forwardOnly) return [endless];
  if (leaf.isPivot) return [unlessRefused, endless];
  const { attempts = 8, windowMs } = leaf.step?.kind === "compensatable" ? leaf.step : {};
  const tries = windowMs === undefined ? attempts : 6 + Math.ceil(windowMs / 10_000);
  return [unlessRefused, { ErrorEquals: ["States.ALL"], ...patience, MaxAttempts: tries - 1, MaxDelaySeconds: 10 }];
}

const timeoutOf = ({ step }: Leaf): number =>
  Math.ceil(((step && step.kind !== "local" && step.kind !== "wait" ? step.timeoutMs : undefined) ?? 5_000) / 1_000);
