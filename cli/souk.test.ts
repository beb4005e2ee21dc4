import assert from "node:assert/strict";
import { test } from "node:test";
import { type Command, parseCommandLine } from "./command.ts";
import { Failure } from "./failure.ts";
import { souk } from "./souk.ts";

function terminal() {
  const lines: string[] = [];
  const complaints: string[] = [];
  const io = {
    out: (line: string) => lines.push(line),
    err: (line: string) => complaints.push(line),
    paint: (_: unknown, text: string) => text,
    interactive: false,
    env: {},
  };
  return { io, said: () => lines.join("\n"), complained: () => complaints.join("\n") };
}

test("souk alone lists every command with its summary", async () => {
  const { io, said } = terminal();
  assert.equal(await souk([], io), 0);
  for (const name of ["up", "down", "status", "logs", "doctor"])
    assert.match(said(), new RegExp(`^  ${name} +\\S`, "m"));
});

test("every command has help that shows how it is typed and what it takes", async () => {
  const listing = terminal();
  await souk([], listing.io);
  const names = [...listing.said().matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => String(name));
  assert.ok(names.length >= 5);
  for (const name of names) {
    const { io, said } = terminal();
    assert.equal(await souk([name, "--help"], io), 0, name);
    assert.match(said(), new RegExp(`^ {2}souk ${name}`, "m"), name);
    assert.match(said(), /--json/, name);
  }
});

test("a mistyped command or option is answered with the nearest one", async () => {
  const command = terminal();
  assert.equal(await souk(["statsu"], command.io), 2);
  assert.match(command.complained(), /no command "statsu"[\s\S]*souk status/);
  const option = terminal();
  assert.equal(await souk(["up", "--detahc"], option.io), 2);
  assert.match(option.complained(), /no option --detahc[\s\S]*--detach/);
});

const sample: Command = {
  summary: "Sample",
  usage: "souk sample",
  options: {
    port: { type: "string", value: "PORT", default: "8080", describe: "port" },
    only: { type: "string", value: "NAME", multiple: true, describe: "some" },
    follow: { type: "boolean", short: "f", describe: "follow" },
    lines: { type: "number", short: "n", value: "N", least: 1, most: 1_000, default: 200, describe: "lines" },
    wait: { type: "number", value: "SECONDS", least: 0, fractions: true, describe: "wait" },
  },
  positionals: 1,
  run: async () => 0,
};

test("options have their defaults, and what follows -- is left alone", () => {
  assert.deepEqual(
    parseCommandLine("sample", sample, ["-f", "orders", "--only", "a", "--only=b", "--", "--port", "x"]),
    {
      options: {
        ...{ port: "8080", only: ["a", "b"], follow: true, json: false, help: false },
        ...{ lines: 200, wait: undefined },
      },
      positionals: ["orders"],
      rest: ["--port", "x"],
    },
  );
});

test("a missing value, a value too many and an argument too many are refused", () => {
  for (const [argv, complaint] of [
    [["--port"], /--port needs a value: --port PORT/],
    [["--port", "--follow"], /--port needs a value/],
    [["--constructor"], /no option --constructor/],
    [["--follow=yes"], /--follow takes no value/],
    [["a", "b"], /"b" is an argument too many/],
  ] as const)
    assert.throws(
      () => parseCommandLine("sample", sample, argv),
      (error) => error instanceof Failure && error.exitCode === 2 && complaint.test(error.message),
    );
});

test("numbers are read as such, and what is none, or too small or great, is refused with what may be", () => {
  const read = (...argv: string[]) => parseCommandLine("sample", sample, argv)?.options;
  assert.deepEqual(
    [read("-n5")?.["lines"], read("--lines=1000")?.["lines"], read("--wait", "0.5")?.["wait"]],
    [5, 1_000, 0.5],
  );
  for (const typed of ["0", "1001", "2.5", "many", "1e2", "0x10", "-1"])
    assert.throws(() => read("--lines", typed), {
      message: `--lines needs a whole number from 1 to 1000, not "${typed}".`,
      next: "For example: --lines 200",
      exitCode: 2,
    });
  assert.throws(() => read("--wait", "soon"), { message: '--wait needs a number from 0 on, not "soon".' });
});
