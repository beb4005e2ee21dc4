import type { Io } from "./io.ts";

const redrawMs = 100;
const width = 24;

/** Shows how far a long piece of work is: a bar on a terminal, a line at the end of each part elsewhere. */
export function progressOn(
  io: Io,
  now: () => number,
  write: (text: string) => void = (text) => void process.stderr.write(text),
) {
  return {
    /** Does `work` for every item, some at once, in their order. The first failure ends it. */
    async each<T>(label: string, items: readonly T[], atOnce: number, work: (item: T) => Promise<void>): Promise<void> {
      const startedAt = now();
      let begun = 0;
      let done = 0;
      let drawnAt = 0;
      const draw = (force: boolean) => {
        if (!io.interactive || (!force && now() - drawnAt < redrawMs)) return;
        drawnAt = now();
        const filled = items.length === 0 ? width : Math.round((width * done) / items.length);
        write(`\r${label.padEnd(14)} ${"█".repeat(filled)}${"░".repeat(width - filled)} ${done}/${items.length}`);
      };
      const lane = async () => {
        for (let i = begun++; i < items.length; i = begun++) {
          await work(items[i] as T);
          done++;
          draw(false);
        }
      };
      await Promise.all(Array.from({ length: atOnce }, lane));
      draw(true);
      const seconds = ((now() - startedAt) / 1_000).toFixed(1);
      if (io.interactive) write(`  ${seconds} s\n`);
      else io.err(`${label}: ${items.length} in ${seconds} s`);
    },
  };
}
export type Progress = ReturnType<typeof progressOn>;
