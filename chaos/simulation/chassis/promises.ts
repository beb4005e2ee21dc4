import type { Act, Book } from "./neighbour.ts";
import type { Outcome } from "./order-scenario.ts";
import type { Parts } from "./seller.ts";
import type { Stage } from "./stage.ts";

type Row = Readonly<Record<string, unknown>>;

/** What must hold once everything is quiet. */
export function brokenPromises(
  stage: Stage,
  outcomes: readonly Outcome[],
  { stock, bank }: { readonly stock: Book; readonly bank: Book },
  parts: Parts,
): string[] {
  const seller = stage.postgres.database("seller");
  const reader = stage.postgres.database("reader");
  const problems = [...stock.wrongs, ...bank.wrongs];
  const events = seller.committed("chassis.events");
  const sagas = seller.committed("chassis.sagas");
  for (const { wish, isCancelled, asked, changed } of outcomes) {
    const { orderId } = wish;
    const own = events.filter((row) => row["stream_id"] === orderId).sort(byVersion);
    const story = own.map((row) => row["type"]).join(" ");
    const changes = own.length - 1;
    if (parts.sagas) problems.push(...sagaOf(orderId, story, sagas, { stock, bank }, stage));
    else if (!/^placed( touched)*$/.test(story)) problems.push(`the stream of ${orderId} is "${story}"`);
    else if (changes < changed || changes > asked)
      problems.push(`${orderId} was changed ${changes} times, and ${asked} were asked for, ${changed} answered`);
    if (isCancelled && !story.endsWith("rejected")) problems.push(`${orderId} was to be cancelled, and is "${story}"`);
    if (!parts.view) continue;
    const view = seller.committed("order_view").find((row) => row["order_id"] === orderId);
    if (view?.["status"] !== own.at(-1)?.["type"] || Number(view?.["events"]) !== own.length)
      problems.push(`the projection of ${orderId} shows ${JSON.stringify(view)} after "${story}"`);
  }
  if (parts.letters) problems.push(...messages(seller.committed("chassis.outbox"), events, reader, stage, parts));
  return problems;
}

function sagaOf(
  orderId: string,
  story: string,
  sagas: readonly Row[],
  { stock, bank }: { readonly stock: Book; readonly bank: Book },
  stage: Stage,
): string[] {
  const saga = sagas.find((row) => row["id"] === orderId);
  if (saga === undefined) return [`${orderId} was accepted and has no saga`];
  const status = String(saga["status"]);
  const problems = [
    ...actsOf(orderId, status, stock.acts, ["reserve", "release", "commit"]),
    ...actsOf(orderId, status, bank.acts, ["pay", "refund", undefined]),
    ...undone(orderId, saga, stage),
  ];
  const expected = status === "completed" ? "placed confirmed" : "placed rejected";
  if (story !== expected) problems.push(`the stream of ${orderId} is "${story}" and its saga is ${status}`);
  return problems;
}

const byVersion = (a: Row, b: Row) => Number(a["version"]) - Number(b["version"]);

/** A completed order took everything once and gave nothing back; any other gave back what it took. */
function actsOf(
  orderId: string,
  status: string,
  acts: readonly Act[],
  [take, giveBack, finish]: readonly [string, string, string | undefined],
): string[] {
  const own = acts.filter((act) => act.orderId === orderId).map(({ action }) => action);
  const done = own.join(" ");
  const good = status === "completed" ? [finish ? `${take} ${finish}` : take] : ["", `${take} ${giveBack}`];
  return good.includes(done) ? [] : [`${orderId} is ${status}, and what was done for it is "${done}"`];
}

/** By the saga's own history: each step undone at most once, the last one first. */
function undone(orderId: string, saga: Row, stage: Stage): string[] {
  const undos = stage.postgres
    .database("seller")
    .committed("chassis.saga_history")
    .filter((row) => row["saga_id"] === orderId && row["action"] === "undo" && row["outcome"] === "ok")
    .sort((a, b) => Number(a["seq"]) - Number(b["seq"]))
    .map((row) => String(row["step"]));
  if (saga["status"] === "completed") return undos.length === 0 ? [] : [`${orderId} is completed and was undone`];
  const order = ["pay", "reserve", "rejected"];
  const expected = order.filter((step) => undos.includes(step));
  return undos.join() === expected.join()
    ? []
    : [`the steps of ${orderId} were undone in the order ${undos.slice(0, 8).join(", ")}`];
}

/** A state change if and only if an outbox row; each one handled once, in order; nothing marked as sent that the bus has not. */
function messages(
  outbox: readonly Row[],
  events: readonly Row[],
  reader: { committed(table: string): Row[] },
  stage: Stage,
  parts: Parts,
): string[] {
  const problems: string[] = [];
  const nameOf = (subject: unknown, sequence: unknown) => `${String(subject)} ${Number(sequence)}`;
  const stored = new Set(events.map((row) => nameOf(row["stream_id"], row["version"])));
  const written = outbox.map((row) => nameOf(row["subject"], row["sequence"]));
  for (const name of stored)
    if (!written.includes(name)) problems.push(`event ${name} was stored and is not in the outbox`);
  for (const name of written) if (!stored.has(name)) problems.push(`event ${name} is in the outbox and was not stored`);
  if (new Set(written).size !== written.length) problems.push("an event is in the outbox twice");
  const onBus = parts.log ? stage.postgres.database("bus").committed("bus.log") : stage.bus.taken;
  const taken = new Set(onBus.map(({ id }) => String(id)));
  for (const row of outbox)
    if (row["done_at"] !== null && !taken.has(String(row["id"])))
      problems.push(`event ${nameOf(row["subject"], row["sequence"])} was relayed and is not on the bus`);

  const dead = new Set(reader.committed("chassis.dead_letters").map((row) => nameOf(row["subject"], row["sequence"])));
  for (const { attempts, event_id: id } of reader.committed("chassis.dead_letters"))
    if (Number(attempts) < 8) problems.push(`event ${String(id)} was given up after ${String(attempts)} tries`);
  const handled = reader
    .committed("effects")
    .sort((a, b) => Number(a["position"]) - Number(b["position"]))
    .map((row) => nameOf(row["subject"], row["sequence"]));
  for (const name of written) {
    const times = handled.filter((one) => one === name).length;
    if (times + (dead.has(name) ? 1 : 0) !== 1)
      problems.push(`event ${name} was handled ${times} times${dead.has(name) ? " and is a dead letter" : ""}`);
  }
  if (dead.size === 0 && handled.join() !== handled.toSorted(bySubjectStable(handled)).join())
    problems.push(`events were handled in the order ${handled.join(", ")}`);
  if (handled.length + dead.size !== reader.committed("chassis.inbox").length + dead.size)
    problems.push("inbox rows and effects do not match");
  return problems;
}

/** Keeps the subjects where they are and says whether one of them is out of order. */
const bySubjectStable = (all: readonly string[]) => (a: string, b: string) => {
  const [subjectA = "", sequenceA] = a.split(" ");
  const [subjectB = "", sequenceB] = b.split(" ");
  return subjectA === subjectB ? Number(sequenceA) - Number(sequenceB) : all.indexOf(a) - all.indexOf(b);
};
