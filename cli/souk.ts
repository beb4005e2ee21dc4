import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { type Command, helpOf, parseCommandLine } from "./command.ts";
import { failureOf, usageFailure } from "./failure.ts";
import type { Io } from "./io.ts";
import { nearest } from "./nearest.ts";
import { table } from "./table.ts";

const folder = join(import.meta.dirname, "commands");

/** Each file of `commands/` is a subcommand: adding one is all there is to do. */
async function commandNames(): Promise<string[]> {
  const files = await readdir(folder);
  return files
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
    .map((file) => file.slice(0, -".ts".length))
    .sort();
}

const load = async (name: string): Promise<Command> => await import(join(folder, `${name}.ts`));

async function overview(io: Io): Promise<string> {
  const rows = await Promise.all(
    (await commandNames()).map(async (name) => [`  ${io.paint("cyan", name)}`, (await load(name)).summary]),
  );
  return [
    "Souk, a shop made of independent services, on this machine.",
    "",
    `${io.paint("bold", "Usage")}  souk COMMAND [options]      souk COMMAND --help`,
    "",
    ...table(rows),
    "",
    "Begin with: souk up",
  ].join("\n");
}

/** @returns the exit code: 0 done, 1 failed, 2 mistyped */
export async function souk(argv: readonly string[], io: Io): Promise<number> {
  const [name, rest] = argv[0] === "help" ? [argv[1], ["--help"]] : [argv[0], argv.slice(1)];
  try {
    if (name === undefined || name === "--help" || name === "-h") {
      io.out(await overview(io));
      return 0;
    }
    const names = await commandNames();
    if (!names.includes(name)) {
      const meant = nearest(name, names);
      throw usageFailure(
        `There is no command "${name}".`,
        meant === undefined ? "See: souk --help" : `Did you mean: souk ${meant}`,
      );
    }
    const command = await load(name);
    const args = parseCommandLine(name, command, rest);
    if (args !== undefined) return await command.run(args, io);
    io.out(helpOf(command, io));
    return 0;
  } catch (error) {
    return report(error, io);
  }
}

function report(error: unknown, io: Io): number {
  const failure = failureOf(error);
  if (failure !== undefined) {
    io.err(`${io.paint("red", "souk:")} ${failure.message}`);
    if (failure.next !== undefined) io.err(`      ${failure.next}`);
    return failure.exitCode;
  }
  io.err(`${io.paint("red", "souk:")} a mistake in souk itself; please report it with what you typed.`);
  io.err(error instanceof Error ? (error.stack ?? error.message) : String(error));
  return 70; // EX_SOFTWARE
}
