import { type FSWatcher, readFileSync, statSync, watch } from "node:fs";
import { basename, dirname } from "node:path";
import type { Cancel, Clock } from "@souk/kernel";
import type { Log } from "@souk/telemetry";

export type WatchedFileOptions<T> = {
  readonly path: string;
  readonly clock: Clock;
  readonly log: Log;
  /** @throws when the content is not what it should be: the last good value stays */
  readonly parse: (text: string) => T;
  /** What a missing file means. */
  readonly missing: T;
};

export type WatchedFile<T> = {
  /** The same object until the content changes. */
  readonly current: () => T;
  readonly close: () => void;
};

const POLL_MS = 1_000;

/**
 * A small file that somebody else replaces as a whole: read at once, then whenever its folder says that it changed, and looked
 * at every second in case nobody says so (network folders, a folder made later). Read synchronously: it has a few hundred
 * bytes, and whoever asks must never see a file half read.
 */
export function watchFile<T>({ path, clock, log, parse, missing }: WatchedFileOptions<T>): WatchedFile<T> {
  let value = missing;
  let seen = "";
  let text = "";
  let watcher: FSWatcher | undefined;
  let timer: Cancel = () => {};

  const look = (): void => {
    let now = "out of reach";
    try {
      const stat = statSync(path, { throwIfNoEntry: false });
      // A replaced file may keep time and size, never both and its inode.
      now = stat ? `${stat.ino} ${stat.mtimeMs} ${stat.size}` : "";
      if (now === seen) return;
      const content = stat ? readFileSync(path, "utf8") : "";
      if (content !== text) value = stat ? parse(content) : missing;
      text = content;
    } catch (error) {
      // Being written, or broken by hand: the next look may find it whole.
      if (now !== seen) log.warn(`${basename(path)} cannot be read; what it said before holds`, { error });
    }
    seen = now;
  };

  const tick = (): void => {
    look();
    watcher ??= follow();
    timer = clock.after(POLL_MS, tick);
  };

  const follow = (): FSWatcher | undefined => {
    const name = basename(path);
    try {
      // The folder, not the file: a file that is replaced takes its watch with it.
      const folder = watch(dirname(path), { persistent: false }, (_, file) => {
        if (file === name) look();
      });
      return folder.on("error", () => {
        folder.close();
        watcher = undefined;
      });
    } catch (error) {
      // There is no such folder yet, or the machine has no more watches to give: the looks are enough.
      if (error instanceof Error && "code" in error) return undefined;
      throw error;
    }
  };

  tick();
  return {
    current: () => value,
    close() {
      timer();
      watcher?.close();
    },
  };
}
