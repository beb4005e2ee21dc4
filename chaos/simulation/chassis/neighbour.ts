import { sleep } from "@souk/kernel";
import type { Site } from "../../../platform/testing/simulation/faults.ts";
import type { Process } from "../../../platform/testing/simulation/process.ts";
import type { Host, WireAnswer } from "../network.ts";

export type Act = { readonly action: string; readonly orderId: string; readonly key: string };

/** What a neighbour has done, durably: it outlives its process. */
export class Book {
  /** What had an effect, in order. */
  readonly acts: Act[] = [];
  /** What must never be asked. */
  readonly wrongs: string[] = [];
  readonly #answers = new Map<string, boolean>();
  readonly #state = new Map<string, string>();
  readonly #refuses: ReadonlySet<string>;

  /** @param refuses orders that it will not serve */
  constructor(refuses: ReadonlySet<string>) {
    this.#refuses = refuses;
  }

  /** One effect per key; an undo that comes before what it undoes makes that impossible. @returns false: refused */
  act(act: Act): boolean {
    const { key } = act;
    if (key === "") this.wrongs.push(`${act.action} of ${act.orderId} came without a key`);
    const known = this.#answers.get(key);
    if (known !== undefined && key !== "") return known;
    const answer = this.#decide(act);
    this.#answers.set(key, answer);
    return answer;
  }

  #decide(act: Act): boolean {
    const { action, orderId } = act;
    const state = this.#state.get(orderId) ?? "nothing";
    const done = (next: string) => {
      this.#state.set(orderId, next);
      this.acts.push(act);
      return true;
    };
    switch (action) {
      case "reserve":
      case "pay":
        if (state === "undone" || this.#refuses.has(orderId)) return false;
        if (state !== "nothing") this.wrongs.push(`${action} of ${orderId} happened again under another key`);
        return done("done");
      case "release":
      case "refund":
        if (state === "committed") this.wrongs.push(`${action} of ${orderId} came after it had been committed`);
        if (state === "undone") this.wrongs.push(`${action} of ${orderId} happened again under another key`);
        if (state === "done") return done("undone");
        this.#state.set(orderId, "undone");
        return true;
      case "commit":
        if (state !== "done") this.wrongs.push(`commit of ${orderId} found it ${state}`);
        return done("committed");
      default:
        throw new Error(`nobody can ${action}`);
    }
  }
}

const ok: WireAnswer = { status: 200, headers: { "content-type": "application/json" }, body: Buffer.from("{}") };
const refusal: WireAnswer = {
  status: 409,
  headers: { "content-type": "application/problem+json" },
  body: Buffer.from(
    JSON.stringify({
      error: { code: "neighbour.refused", status: "failed_precondition", message: "No.", details: [] },
    }),
  ),
};

/** A process in front of a book. Now and then it has acted and takes longer to say so than anybody waits. */
export const neighbourHost = (process: Process, book: Book, late: Site): Host => ({
  process,
  async serve({ path, headers }) {
    const [, , , action = "", orderId = ""] = path.split("/");
    const at = headers.indexOf("idempotency-key");
    const isDone = book.act({ action, orderId, key: at < 0 ? "" : (headers[at + 1] ?? "") });
    process.scheduler.trace.say(() => `${process.name} ${action} ${orderId}: ${isDone ? "done" : "refused"}`);
    if (late.happens()) await sleep(process.clock, 6_000);
    return isDone ? ok : refusal;
  },
});
