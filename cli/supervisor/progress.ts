import type { Io } from "../io.ts";
import { readLine, renderLine } from "../logs/line.ts";

/** The story of a start, told to whoever waits for it: this terminal, or the parent of a detached supervisor. */
export type Progress =
  | { readonly kind: "step"; readonly what: string; readonly detail: string; readonly ms: number }
  | { readonly kind: "note"; readonly text: string }
  | { readonly kind: "up"; readonly up: Up }
  /** Another supervisor runs this state directory: nothing was started. */
  | { readonly kind: "already"; readonly pid: number; readonly address?: string }
  | {
      readonly kind: "failed";
      readonly message: string;
      readonly next?: string;
      /** The process that failed, and the last lines of its log as they stand there. */
      readonly instance: string;
      readonly log: readonly string[];
    }
  | { readonly kind: "down"; readonly ms: number };

export type Up = {
  /** The gateway's; undefined when it does not run (`--only`). */
  readonly address?: string;
  readonly home: string;
  readonly secrets: string;
  readonly adminEmail: string;
  readonly ms: number;
  readonly processes: number;
  /** The secrets were made by this start. */
  readonly first: boolean;
};

export const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

export function showProgress(progress: Progress, io: Io, { command }: { readonly command: string }): void {
  const { paint, out, err } = io;
  switch (progress.kind) {
    case "step": {
      const took = paint("dim", seconds(progress.ms).padStart(6));
      out(`  ${paint("green", "✓")} ${progress.what.padEnd(20)} ${progress.detail.padEnd(24)} ${took}`);
      break;
    }
    case "note":
      out(`  ${paint("yellow", "•")} ${progress.text}`);
      break;
    case "up":
      showUp(progress.up, io, command);
      break;
    case "already": {
      const where = progress.address === undefined ? "" : ` at ${progress.address}`;
      out(`Souk is running already${where} (supervisor: process ${progress.pid}).`);
      break;
    }
    case "failed":
      err(`${paint("red", "souk:")} ${progress.message}`);
      for (const raw of progress.log) err(renderLine(readLine(progress.instance, raw), io, progress.instance.length));
      if (progress.next !== undefined) err(`      ${progress.next}`);
      break;
    case "down":
      out(`Souk is down; its data stay. ${paint("dim", seconds(progress.ms))}`);
      break;
  }
}

function showUp(up: Up, { paint, out }: Io, command: string): void {
  const took = paint("dim", `(${up.processes} processes, ${seconds(up.ms)})`);
  out("");
  if (up.address === undefined) {
    out(`  ${paint("bold", "Souk is up")} without its gateway ${took}; ports: ${command} status`);
    return;
  }
  const fresh = up.first ? paint("yellow", " (made just now)") : "";
  out(`  ${paint("bold", "Souk is up at")} ${paint(["bold", "green"], up.address)} ${took}`);
  out(`  API reference  ${up.address}/docs`);
  out(`  Admin account  ${up.adminEmail}, password in ${up.secrets}${fresh}`);
  out(`  Next           ${command} demo, ${command} status, ${command} logs -f, ${command} down`);
}
