import type { Options, Run } from "../command.ts";
import { type Check, checks } from "../doctor/checks.ts";
import { failureOf } from "../failure.ts";
import { type Io, printJson } from "../io.ts";
import { homeOf } from "../state/home.ts";

export const summary = "Check that this machine can run the shop, and say what to mend";
export const usage = "souk doctor [options]";
export const options = {
  port: {
    type: "number",
    value: "PORT",
    least: 1,
    most: 65_535,
    default: 8080,
    describe: "the gateway's port to check",
  },
} as const satisfies Options;

export const run: Run<typeof options> = async ({ options }, io) => {
  const results: (Check & { name: string })[] = [];
  const place = { home: homeOf(io.env), env: io.env, port: options.port };
  for (const [name, check] of Object.entries(checks)) {
    // What cannot even be looked at is wrong, and no reason not to look at the rest.
    const result = { name, ...(await check(place).catch(unseen)) };
    results.push(result);
    if (!options.json) show(result, io);
  }
  if (options.json) printJson(io, results);
  return results.every(({ ok }) => ok) ? 0 : 1;
};

function show({ name, ok, detail, next }: Check & { name: string }, { out, paint }: Io): void {
  out(`  ${ok ? paint("green", "✓") : paint("red", "✗")} ${name.padEnd(18)} ${detail}`);
  if (next !== undefined) out(`      ${paint("yellow", next)}`);
}

function unseen(error: unknown): Check {
  const failure = failureOf(error);
  if (failure === undefined) throw error;
  return { ok: false, detail: failure.message };
}
