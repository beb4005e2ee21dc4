import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { compensatable, local, parallel, pivot, retriable, saga, waitFor } from "./definition.ts";
import {
  type Action,
  advance,
  isIrrevocable,
  next,
  nothingDone,
  type Progress,
  type SagaEvent,
  STUCK_AFTER,
  statusOf,
} from "./engine.ts";
import { type Leaf, type Shape, shapeOf } from "./shape.ts";
import type { AnySaga, AnyStep } from "./types.ts";

const nothing = async () => {};
const undoable = (name: string, policy = {}) => compensatable(name, nothing, nothing, policy);
const reason = { code: "test.no", message: "No." };
const moment = { now: 1_000, chance: () => 0.5 };

/** Tells a saga what happened and asks what comes next. */
function scenario(definition: AnySaga) {
  const shape = shapeOf(definition);
  let progress = nothingDone;
  const story = {
    tell(type: SagaEvent["type"], step = "", now = moment.now) {
      // as: only the members that this type has are read
      progress = advance(shape, progress, { type, step, reason } as SagaEvent, { ...moment, now });
      return story;
    },
    ask: (step: string) => story.tell("begun", step),
    does: (step: string) => story.ask(step).tell("succeeded", step),
    next() {
      const { over, actions } = next(shape, progress);
      return over ?? actions.map(({ type, leaf }) => (type === "run" ? leaf.name : `${type} ${leaf.name}`));
    },
    action: () => next(shape, progress).actions[0],
    status: () => statusOf(shape, progress),
    isIrrevocable: () => isIrrevocable(shape, progress),
    failure: () => progress.failure,
  };
  return story;
}

const order = saga("order", [
  undoable("reserve"),
  undoable("pay"),
  pivot("confirm", nothing),
  retriable("ship", nothing),
]);

test("steps follow each other until all are done", () => {
  const story = scenario(order);
  for (const step of ["reserve", "pay", "confirm", "ship"]) {
    assert.deepEqual(story.next(), [step]);
    story.does(step);
  }
  assert.equal(story.next(), "completed");
});

test("a refused step turns the saga back: it and those before it are undone in reverse", () => {
  const story = scenario(order).does("reserve").ask("pay").tell("refused", "pay");
  assert.equal(story.status(), "compensating");
  assert.deepEqual(story.next(), ["undo pay"]);
  assert.deepEqual(story.does("pay").next(), ["undo reserve"]);
  assert.equal(story.does("reserve").next(), "compensated");
});

test("a step that gives no answer is asked again later, and given up after its last attempt", () => {
  const story = scenario(saga("short", [undoable("reserve", { attempts: 2 }), undoable("pay")]));
  story.ask("reserve").tell("unanswered", "reserve");
  assert.deepEqual(story.action(), { type: "run", leaf: story.action()?.leaf, attempt: 2, notBefore: 1_025 });
  story.ask("reserve").tell("unanswered", "reserve");
  assert.deepEqual(story.failure(), reason);
  assert.deepEqual(story.next(), ["undo reserve"]);
});

test("a window, when given, decides alone how long a step is asked; the last attempt is made when it closes", () => {
  const story = scenario(saga("short", [undoable("pay", { attempts: 2, windowMs: 4_000 })]));
  for (let i = 0; i < 20; i++) story.ask("pay").tell("unanswered", "pay", 2_000);
  const action = story.action();
  assert.equal(action?.type === "run" && action.notBefore, 5_000);
  assert.deepEqual(story.ask("pay").tell("unanswered", "pay", 5_000).next(), ["undo pay"]);
});

test("a pivot without an answer is asked until it has one, and turns back when that is no", () => {
  const story = scenario(order).does("reserve").does("pay");
  for (let i = 0; i < 50; i++) story.ask("confirm").tell("unanswered", "confirm");
  assert.deepEqual(story.next(), ["confirm"]);
  assert.equal(story.status(), "stuck");
  assert.deepEqual(story.ask("confirm").tell("refused", "confirm").next(), ["undo pay"]);
  assert.equal(story.isIrrevocable(), false);
});

test("after the pivot a refusal is asked again too, and a person is called", () => {
  const story = scenario(order).does("reserve").does("pay").does("confirm");
  for (let i = 1; i < STUCK_AFTER; i++) story.ask("ship").tell("refused", "ship");
  assert.equal(story.status(), "running");
  story.ask("ship").tell("refused", "ship");
  assert.equal(story.status(), "stuck");
  assert.equal(story.does("ship").next(), "completed");
});

test("an undo is repeated until it succeeds", () => {
  const story = scenario(order).does("reserve").ask("pay").tell("refused", "pay");
  for (let i = 0; i < STUCK_AFTER; i++) story.ask("pay").tell("refused", "pay");
  assert.equal(story.status(), "stuck");
  assert.deepEqual(story.does("pay").next(), ["undo reserve"]);
});

test("a saga can be cancelled until its pivot may have happened", () => {
  const story = scenario(order).does("reserve");
  assert.equal(story.isIrrevocable(), false);
  story.does("pay");
  assert.equal(story.isIrrevocable(), true, "the pivot is asked next");
  story.ask("confirm");
  assert.equal(story.tell("cancelled").failure(), undefined);
  assert.deepEqual(scenario(order).does("reserve").tell("cancelled").next(), ["undo reserve"]);
});

test("a local pivot can be cancelled until it has committed", () => {
  const story = scenario(saga("order", [undoable("pay"), local("confirm", nothing, { pivot: true })])).does("pay");
  assert.equal(story.isIrrevocable(), false);
  story.does("confirm");
  assert.equal(story.isIrrevocable(), true);
});

test("a step that was not begun is not undone, one that another runner may have begun is", () => {
  assert.deepEqual(scenario(order).does("reserve").tell("cancelled").next(), ["undo reserve"]);
  assert.deepEqual(scenario(order).does("reserve").tell("adopted").tell("cancelled").next(), ["undo pay"]);
});

test("a local step that failed has not happened, so only those before it are undone", () => {
  const steps = [
    undoable("reserve"),
    local("note", nothing, { undo: nothing }),
    local("confirm", nothing, { pivot: true }),
  ];
  const failedNote = scenario(saga("order", steps)).does("reserve").ask("note").tell("refused", "note");
  assert.deepEqual(failedNote.next(), ["undo reserve"]);
  const failedPivot = scenario(saga("order", steps))
    .does("reserve")
    .does("note")
    .ask("confirm")
    .tell("refused", "confirm");
  assert.deepEqual(failedPivot.next(), ["undo note"]);
});

test("the rejected hook runs last, and only when the saga turned back", () => {
  const definition = saga("order", [undoable("reserve")], { rejected: nothing });
  assert.equal(scenario(definition).does("reserve").next(), "completed");
  const story = scenario(definition).ask("reserve").tell("refused", "reserve").does("reserve");
  assert.deepEqual(story.next(), ["undo rejected"]);
  assert.equal(story.does("rejected").next(), "compensated");
});

test("steps of a group run at once; when one fails, the others' answers are awaited before any is undone", () => {
  const story = scenario(saga("order", [parallel("both", [undoable("a"), undoable("b"), undoable("c")])]));
  assert.deepEqual(story.next(), ["a", "b", "c"]);
  story.ask("a").ask("b").ask("c").tell("refused", "a");
  assert.deepEqual(story.next(), []);
  story.tell("succeeded", "b").tell("unanswered", "c");
  assert.deepEqual(story.next(), ["undo c"]);
  assert.deepEqual(story.does("c").next(), ["undo b"]);
});

test("a wait ends by its time with a code of its own", () => {
  const story = scenario(saga("order", [undoable("pay"), waitFor("answer", { windowMs: 500 })]))
    .does("pay")
    .ask("answer");
  assert.equal(story.status(), "waiting");
  assert.deepEqual(story.action(), { type: "wait", leaf: story.action()?.leaf, until: 1_500 });
  assert.equal(story.tell("expired", "answer").failure()?.code, "order.expired");
  assert.deepEqual(story.next(), ["undo pay"]);
});

test("a skipped step counts as done, and is undone nevertheless: it may have happened", () => {
  const story = scenario(order).ask("reserve").tell("unanswered", "reserve").tell("skipped", "reserve");
  assert.deepEqual(story.next(), ["pay"]);
  assert.deepEqual(story.tell("cancelled").next(), ["undo reserve"]);
  assert.equal(story.tell("skipped", "reserve").next(), "compensated");
});

/** A random saga: steps that can be taken back, alone or in groups; perhaps a pivot and steps after it; perhaps a hook. */
const sagas = fc
  .record({
    before: fc.array(
      fc.array(fc.constantFrom("compensatable", "local", "local with undo", "wait"), { minLength: 1, maxLength: 3 }),
      { maxLength: 4 },
    ),
    pivot: fc.constantFrom("none", "pivot", "local"),
    after: fc.array(fc.array(fc.constantFrom("retriable", "local"), { minLength: 1, maxLength: 2 }), { maxLength: 3 }),
    hook: fc.boolean(),
  })
  .filter(({ before, pivot: kind }) => before.length > 0 || kind !== "none")
  .map(({ before, pivot: kind, after, hook }): AnySaga => {
    let n = 0;
    const make = (what: string): AnyStep => {
      const name = `${what} ${++n}`;
      if (what === "compensatable") return undoable(name, { attempts: 3 });
      if (what === "retriable") return retriable(name, nothing);
      if (what === "wait") return waitFor(name, { windowMs: 1_000 });
      return local(name, nothing, what === "local with undo" ? { undo: nothing } : {});
    };
    const group = (members: string[]): AnyStep => {
      const [only, ...others] = members.map(make);
      if (!only) throw new Error("fast-check made an empty group");
      return others.length > 0 ? parallel(`group ${++n}`, [only, ...others]) : only;
    };
    const middle =
      kind === "none" ? [] : [kind === "pivot" ? pivot("pivot", nothing) : local("pivot", nothing, { pivot: true })];
    const steps = [...before.map(group), ...middle, ...(kind === "none" ? [] : after.map(group))];
    return saga("random", steps, hook ? { rejected: nothing } : {});
  });

type Fate =
  | "succeeds"
  | "is refused"
  | "acts but does not answer"
  | "does not act nor answer"
  | "acts, then the process dies"
  | "dies first"
  | "is cancelled";
const fates = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.constant<Fate>("succeeds") },
    {
      weight: 4,
      arbitrary: fc.constantFrom<Fate>(
        "is refused",
        "acts but does not answer",
        "does not act nor answer",
        "acts, then the process dies",
        "dies first",
        "is cancelled",
      ),
    },
  ),
  { maxLength: 40 },
);

/** Runs a saga to its end as a runner would: recorded progress survives a death, what was only begun does not. */
function live(shape: Shape, fate: (action: Action) => Fate) {
  /** What happened out there, in order. */
  const world: { action: "do" | "undo"; leaf: Leaf }[] = [];
  let progress: Progress = nothingDone;
  let recorded = progress;
  let now = 0;
  let cancelled = false;
  const tell = (event: SagaEvent) => {
    progress = advance(shape, progress, event, { now, chance: () => 0.5 });
  };
  const die = () => {
    progress = recorded;
    tell({ type: "adopted" });
    recorded = progress;
  };

  for (let turn = 0; turn < 1_000; turn++) {
    const { over, actions } = next(shape, progress);
    if (over) return { over, world, progress, cancelled };
    assert.ok(actions.length > 0, "nothing is under way, and nothing is to be done");
    now = Math.max(now, ...actions.map((action) => (action.type === "wait" ? now : action.notBefore)));
    let died = false;
    for (const { leaf } of actions) tell({ type: "begun", step: leaf.name });
    for (const action of actions) {
      const { leaf, type } = action;
      const step = leaf.name;
      // Who has acted on a key does not refuse it afterwards.
      const acted = world.some((deed) => deed.leaf === leaf && deed.action === (type === "undo" ? "undo" : "do"));
      const drawn = fate(action);
      const what = acted && drawn === "is refused" ? "succeeds" : drawn;
      // A local step commits with its record or not at all; the recorded hook and waits likewise have no effect without it.
      const acts =
        !["is refused", "does not act nor answer", "dies first"].includes(what) &&
        (leaf.kind !== "local" || what === "succeeds" || what === "is cancelled");
      if (acts && type !== "wait") world.push({ action: type === "undo" ? "undo" : "do", leaf });
      if (what === "dies first" || what === "acts, then the process dies") {
        die();
        died = true;
        break;
      }
      if (what === "succeeds" || what === "is cancelled") tell({ type: "succeeded", step });
      else if (type === "wait") tell({ type: "expired", step });
      else tell({ type: what === "is refused" ? "refused" : "unanswered", step, reason });
      recorded = progress;
      if (what !== "is cancelled" || isIrrevocable(shape, progress) || next(shape, progress).over) continue;
      tell({ type: "cancelled", reason });
      cancelled = true;
      recorded = progress;
    }
    if (!died) recorded = progress;
  }
  throw new Error("it never ended");
}

test("whatever happens, every saga ends; it is wholly done, or wholly undone in reverse order and never past its pivot", () => {
  fc.assert(
    fc.property(sagas, fates, (definition, list) => {
      const shape = shapeOf(definition);
      let asked = 0;
      const { over, world, progress, cancelled } = live(shape, () => list[asked++] ?? "succeeds");
      const groupOf = (leaf: Leaf) => shape.groups.findIndex((group) => group.includes(leaf));
      const done = world.filter(({ action, leaf }) => action === "do" && leaf.kind !== "wait").map(({ leaf }) => leaf);
      const undone = world.filter(({ action }) => action === "undo").map(({ leaf }) => leaf);
      const steps = [...shape.leaves.values()].filter(({ step }) => step !== undefined);

      if (over === "completed") {
        assert.deepEqual(undone, [], "a completed saga undid something");
        for (const leaf of steps) if (leaf.kind !== "wait") assert.ok(done.includes(leaf), `${leaf.name} was left out`);
        assert.equal(cancelled, false, "an accepted cancel was forgotten");
      } else {
        for (const leaf of done) {
          if (leaf.undoable) assert.ok(undone.includes(leaf), `${leaf.name} happened and was not undone`);
          assert.ok(!leaf.isPivot && !leaf.forwardOnly, `${leaf.name} happened, and the saga turned back`);
        }
        for (const leaf of shape.leaves.values())
          if (undone.includes(leaf)) assert.equal(progress.steps[leaf.name]?.is, "undone");
        const order = undone.map(groupOf);
        assert.deepEqual(
          order,
          order.toSorted((a, b) => b - a),
          "undone out of order",
        );
        const firstUndo = world.findIndex(({ action }) => action === "undo");
        if (firstUndo >= 0)
          assert.ok(
            world.slice(firstUndo).every(({ action }) => action === "undo"),
            "done after an undo",
          );
        if (definition.rejected) assert.equal(undone.at(-1)?.step, undefined, "the hook was not last");
      }
    }),
    { seed: 1, numRuns: 5_000 },
  );
});

test("an undo that succeeded is never repeated", () => {
  fc.assert(
    fc.property(sagas, fates, (definition, list) => {
      let asked = 0;
      // Only what dies after an undo may repeat it: nobody recorded that it had happened.
      const calm = list.filter((fate) => !fate.includes("dies") && !fate.includes("answer"));
      const { world } = live(shapeOf(definition), () => calm[asked++] ?? "succeeds");
      const undone = world.filter(({ action }) => action === "undo").map(({ leaf }) => leaf.name);
      assert.equal(new Set(undone).size, undone.length);
    }),
    { seed: 1, numRuns: 1_000 },
  );
});
