import { setTimeout as delay } from "node:timers/promises";
import {
  bytesOf,
  isPassing,
  NoAnswer,
  type Request,
  shellLine,
  type Wire,
  type WireAnswer,
  wire,
} from "@souk/testing/bad-input";

export type Shot<R extends Request> = {
  readonly request: R;
  readonly address: string;
  /** Headers that only this run has: tokens. A function where they may end before it is sent. */
  readonly own: Own | (() => Own | Promise<Own>);
};
type Own = Readonly<Record<string, string>>;
export type Bombardment = {
  readonly sent: number;
  /** Answers that said "not now", after which the same was asked again. */
  readonly passing: number;
  /** What was wrong with answers, each with the line that sends its request again. */
  readonly complaints: readonly string[];
};

const atOnce = 24;
/** Pauses of up to a second: one minute for a machine that is busy with other things. */
const patience = 65;

/** Sends everything over a few connections, and asks what there is to complain about each answer. */
export async function bombard<R extends Request>(
  shots: Iterator<Shot<R>>,
  judge: (answer: WireAnswer, shot: Shot<R>, sent: Buffer) => string | undefined,
): Promise<Bombardment> {
  const complaints: string[] = [];
  let [sent, passing] = [0, 0];

  async function worker(): Promise<void> {
    const wires = new Map<string, Wire>();
    const askAt = (address: string, bytes: Buffer) => {
      const open = wires.get(address) ?? wire(address);
      wires.set(address, open);
      return open.ask(bytes);
    };
    for (let next = shots.next(); !next.done; next = shots.next()) {
      const { request, address, own } = next.value;
      const bytes = bytesOf(request, typeof own === "function" ? await own() : own);
      const mistake = await complaintOf(
        async () => {
          for (let tries = 1; ; tries++) {
            sent++;
            const answer = await askAt(address, bytes);
            if (!isPassing(answer) || tries === patience) return answer;
            passing++;
            await delay(Math.min(1_000, 100 * tries));
          }
        },
        (answer) => judge(answer, next.value, bytes),
      );
      if (mistake !== undefined)
        complaints.push(`${request.name}, ${request.what}: ${mistake}\n  ${shellLine(bytes, address)}`);
    }
    for (const open of wires.values()) open.close();
  }
  await Promise.all(Array.from({ length: atOnce }, worker));
  return { sent, passing, complaints };
}

async function complaintOf(
  ask: () => Promise<WireAnswer>,
  judge: (answer: WireAnswer) => string | undefined,
): Promise<string | undefined> {
  try {
    return judge(await ask());
  } catch (error) {
    if (error instanceof NoAnswer) return error.message;
    throw error;
  }
}

/** One of each in turn, until all are used up. */
export function* inTurn<T>(sources: readonly Iterator<T>[]): Generator<T> {
  let left = [...sources];
  while (left.length > 0) {
    const still: Iterator<T>[] = [];
    for (const source of left) {
      const next = source.next();
      if (next.done) continue;
      still.push(source);
      yield next.value;
    }
    left = still;
  }
}
