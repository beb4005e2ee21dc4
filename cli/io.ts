import { stripVTControlCharacters, styleText } from "node:util";

type Style = Parameters<typeof styleText>[0];

/** Where a command writes and what it may read of its surroundings. Tests pass their own. */
export type Io = {
  /** One line for the reader or the next program. */
  readonly out: (line: string) => void;
  /** One line about what is going on or went wrong. */
  readonly err: (line: string) => void;
  /** Text in a style when the reader's terminal shows styles, plain text otherwise. */
  readonly paint: (style: Style, text: string) => string;
  /** A person watches the standard error on a terminal: progress may be drawn over. */
  readonly interactive: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
};

export const printJson = (io: Io, value: unknown) => io.out(JSON.stringify(value, null, 2));

/** https://no-color.org and https://force-color.org, then whether it is a terminal that can. */
function coloured(stream: { readonly isTTY?: boolean }, env: Io["env"]): boolean {
  if (env["NO_COLOR"]) return false;
  if (env["FORCE_COLOR"]) return env["FORCE_COLOR"] !== "0";
  return stream.isTTY === true && env["TERM"] !== "dumb";
}

export function processIo(): Io {
  // `souk logs | head`: the reader has seen enough, or the terminal was closed, which is no failure.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE" || error.code === "EIO") process.exit(0);
    throw error;
  });
  // Nobody can be told any more; what is going on is ended by other means.
  process.stderr.on("error", () => {});
  const colours = coloured(process.stdout, process.env);
  // `paint` asks the standard output; the standard error may be a file all the same.
  const told = coloured(process.stderr, process.env) ? (line: string) => line : stripVTControlCharacters;
  return {
    out: (line) => process.stdout.write(`${line}\n`),
    err: (line) => process.stderr.write(`${told(line)}\n`),
    paint: (style, text) => (colours ? styleText(style, text, { validateStream: false }) : text),
    interactive: process.stderr.isTTY === true,
    env: process.env,
  };
}
