import assert from "node:assert/strict";
import { test } from "node:test";
import { type StateMachine, toAmazonStatesLanguage } from "./amazon-states-language.ts";
import { compensatable, local, parallel, pivot, retriable, saga, waitFor } from "./definition.ts";
import { toMermaid } from "./mermaid.ts";
import type { AnySaga } from "./types.ts";

const nothing = async () => {};
const undoable = (name: string, policy = {}) => compensatable(name, nothing, nothing, policy);

const order = saga(
  "order",
  [
    undoable("reserve", { attempts: 3, timeoutMs: 2_500 }),
    parallel("check", [undoable("check fraud"), undoable("check address")]),
    waitFor("approval", { windowMs: 90_000 }),
    pivot("pay", nothing),
    retriable("ship", nothing),
    local("close", nothing),
  ],
  { rejected: nothing },
);
const forwardOnly = saga("close", [retriable("ship", nothing), local("note", nothing)]);
const withoutPivot = saga("plain", [undoable("a"), local("b", nothing), undoable("c")]);

type Machine = Pick<StateMachine, "StartAt" | "States">;
type Branching = {
  Type: string;
  Next?: string;
  End?: true;
  Default?: string;
  Choices?: { Next: string }[];
  Catch?: { Next: string; ErrorEquals: string[] }[];
  Retry?: { ErrorEquals: string[]; MaxAttempts: number }[];
  Branches?: Machine[];
};
const statesOf = ({ States }: Machine) => States as unknown as Record<string, Branching>; // as: the members that the checks read

/** What the specification demands of every machine and branch: https://states-language.net/spec.html */
function assertValid(machine: Machine): void {
  const states = statesOf(machine);
  const exits = ({ Next, Default, Choices = [], Catch = [] }: Branching) =>
    [Next, Default, ...Choices.map((choice) => choice.Next), ...Catch.map((each) => each.Next)].filter(
      (name) => name !== undefined,
    );

  const reached = new Set<string>();
  const walk = (name: string): void => {
    const state = states[name];
    assert.ok(state, `there is no state "${name}"`);
    if (reached.has(name)) return;
    reached.add(name);
    exits(state).forEach(walk);
  };
  walk(machine.StartAt);
  assert.deepEqual([...reached].sort(), Object.keys(states).sort(), "every state can be reached");

  for (const [name, state] of Object.entries(states)) {
    assert.ok(name.length <= 80, name);
    const isEnd = state.Type === "Succeed" || state.Type === "Fail";
    const ways = [state.Next, state.End, state.Choices].filter((way) => way !== undefined).length;
    assert.equal(ways, isEnd ? 0 : 1, `${name} goes on in one way`);
    for (const list of [state.Retry ?? [], state.Catch ?? []])
      for (const [i, { ErrorEquals }] of list.entries())
        if (ErrorEquals.includes("States.ALL"))
          assert.deepEqual([ErrorEquals.length, i], [1, list.length - 1], "States.ALL stands alone and last");
    state.Branches?.forEach(assertValid);
  }
}

test("every export is a valid state machine", () => {
  for (const definition of [order, forwardOnly, withoutPivot] satisfies AnySaga[])
    assertValid(toAmazonStatesLanguage(definition));
});

test("the export goes forward step by step", () => {
  const states = statesOf(toAmazonStatesLanguage(order));
  const path = ["reserve"];
  for (let next = states["reserve"]?.Next; next; next = states[next]?.Next ?? states[next]?.Default) path.push(next);
  assert.deepEqual(path, ["reserve", "check", "check: all done?", "approval", "pay", "ship", "close", "completed"]);
});

test("the export turns back where the saga does, in reverse", () => {
  const states = statesOf(toAmazonStatesLanguage(order));
  const fallBack = (name: string) => states[name]?.Catch?.[0]?.Next ?? states[name]?.Choices?.[0]?.Next;
  assert.equal(fallBack("reserve"), "undo reserve");
  assert.equal(fallBack("check: all done?"), "undo check address");
  assert.equal(fallBack("approval"), "undo check address");
  assert.equal(fallBack("pay"), "undo check address");
  assert.equal(fallBack("ship"), undefined);
  const path = [];
  for (let next: string | undefined = "undo check address"; next; next = states[next]?.Next) path.push(next);
  assert.deepEqual(path, ["undo check address", "undo check fraud", "undo reserve", "rejected", "compensated"]);
});

test("a pivot turns back only when it was refused, and is otherwise asked for ever", () => {
  const { pay, reserve, ship } = statesOf(toAmazonStatesLanguage(order));
  assert.deepEqual(pay?.Catch?.[0]?.ErrorEquals, ["Refused"]);
  assert.equal(pay?.Retry?.at(-1)?.MaxAttempts, 99_999_999);
  assert.equal(ship?.Retry?.at(-1)?.MaxAttempts, 99_999_999);
  assert.deepEqual(reserve?.Catch?.[0]?.ErrorEquals, ["States.ALL"]);
  assert.equal(reserve?.Retry?.at(-1)?.MaxAttempts, 2, "three attempts are one and two more");
});

test("a local step that fails has not happened, so its own undo is left out", () => {
  const definition = saga("plain", [undoable("a"), local("b", nothing, { undo: nothing }), undoable("c")]);
  const states = statesOf(toAmazonStatesLanguage(definition));
  assert.equal(states["b"]?.Catch?.[0]?.Next, "undo a");
  assert.equal(states["c"]?.Catch?.[0]?.Next, "undo c");
  assert.equal(states["undo c"]?.Next, "undo b");
});

test("a saga draws itself", () => {
  const definition = saga("order", [undoable("reserve"), pivot("pay", nothing), retriable("ship", nothing)], {
    rejected: nothing,
  });
  assert.equal(
    toMermaid(definition),
    `flowchart TD
  start([start])
  s1["reserve"]
  s2{{"pay"}}
  s3["ship"]
  completed([completed])
  start --> s1
  s1 --> s2
  s2 --> s3
  s3 --> completed
  s1u["undo reserve"]
  rejected[rejected]
  compensated([compensated])
  s1u --> rejected
  rejected --> compensated
  s1 -.->|refused| s1u
  s2 -.->|refused| s1u
`,
  );
});

test("a drawing shows groups, and no way back where there is none", () => {
  assert.match(toMermaid(order), /subgraph g1\["check"\]\n {4}s2\["check fraud"\]\n {4}s3\["check address"\]\n {2}end/);
  assert.match(toMermaid(order), /s4 -\.->\|expired\| s3u/);
  assert.doesNotMatch(toMermaid(forwardOnly), /compensated/);
});
