import type { Io } from "./io.ts";

const redrawMs = 100;
const width = 24;

/** Shows how far a long piece of work is: a bar on a terminal, a line at the end of each part elsewhere. */
export function progressOn(
  io: Io,
  now: () => number,
  write: (text: string) => void = (text) => void process.stderr.write(text),
) {
  /** Draws `done` of `total` as often as is of use; `end` draws it a last time, with how long it took. */
  function bar(label: string, shown: (n: number) => string) {
    const startedAt = now();
    let drawnAt = 0;
    const draw = (done: number, total: number) => {
      drawnAt = now();
      const filled = total === 0 ? width : Math.min(width, Math.round((width * done) / total));
      write(`\r${label.padEnd(14)} ${"█".repeat(filled)}${"░".repeat(width - filled)} ${shown(done)}/${shown(total)}`);
    };
    return {
      update(done: number, total: number): void {
        if (io.interactive && now() - drawnAt >= redrawMs) draw(done, total);
      },
      end(done: number, total: number): void {
        const seconds = ((now() - startedAt) / 1_000).toFixed(1);
        if (io.interactive) {
          draw(done, total);
          write(`  ${seconds} s\n`);
        } else io.err(`${label}: ${shown(total)} in ${seconds} s`);
      },
    };
  }

  return {
    /** Does `work` for every item, some at once, in their order. The first failure ends it. */
    async each<T>(label: string, items: readonly T[], atOnce: number, work: (item: T) => Promise<void>): Promise<void> {
      const { update, end } = bar(label, String);
      let begun = 0;
      let done = 0;
      const lane = async () => {
        for (let i = begun++; i < items.length; i = begun++) {
          await work(items[i] as T);
          update(++done, items.length);
        }
      };
      await Promise.all(Array.from({ length: atOnce }, lane));
      end(done, items.length);
    },

    /** Does `work`, which says how many bytes of all it has sent so far. */
    async bytes<T>(label: string, total: number, work: (sent: (bytes: number) => void) => Promise<T>): Promise<T> {
      const { update, end } = bar(label, megabytes);
      const result = await work((bytes) => update(bytes, total));
      end(total, total);
      return result;
    },
  };
}
export type Progress = ReturnType<typeof progressOn>;

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
