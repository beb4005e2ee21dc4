import type { Options, Run } from "../command.ts";
import { type Check, checks } from "../doctor/checks.ts";
import { type Io, printJson } from "../io.ts";
import { homeOf } from "../state/home.ts";

export const summary = "Check that this machine can run the shop, and say what to mend";
export const usage = "souk doctor [options]";
export const options = {
  port: { type: "string", value: "PORT", default: "8080", describe: "the gateway's port to check" },
} as const satisfies Options;

export const run: Run<typeof options> = async ({ options }, io) => {
  const results: (Check & { name: string })[] = [];
  for (const [name, check] of Object.entries(checks)) {
    const result = { name, ...(await check({ home: homeOf(io.env), env: io.env, port: Number(options.port) })) };
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
