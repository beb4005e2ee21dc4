import { chooseAction } from "../action.ts";
import type { Options, Run } from "../command.ts";
import { type Io, printJson } from "../io.ts";
import { serviceNames } from "../system.ts";

export const summary = "Compare the contracts with the released ones, release them, or draw who speaks to whom";
export const usage = `souk contracts check
souk contracts write
souk contracts diagram

check exits with 1 when a change would break callers or subscribers that were written against contracts/*.json; write
releases today's contracts there; diagram prints a Mermaid graph of calls and events.`;
export const options = {} as const satisfies Options;
export const positionals = 1;

export const run: Run<typeof options> = async ({ options: { json }, positionals: [action = "check"] }, io) => {
  const act = chooseAction("contracts", action, actions);
  return act(io, json);
};

const actions = { check, write, diagram: draw } satisfies Record<string, (io: Io, json: boolean) => Promise<number>>;

/** The declarations load half the chassis, so only when they are needed. */
async function declarations() {
  const { loadDeclaration } = await import("../declarations.ts");
  return Promise.all((await serviceNames()).map(loadDeclaration));
}

async function check(io: Io, json: boolean): Promise<number> {
  const { compareWithReleased } = await import("../contracts/released.ts");
  const results = await compareWithReleased((await declarations()).map(({ contract }) => contract));
  const breaking = results.flatMap(({ breaking }) => breaking);
  if (json) {
    printJson(io, results);
    return breaking.length === 0 ? 0 : 1;
  }
  for (const { service, state, breaking } of results) {
    const mark = breaking.length === 0 ? io.paint("green", "✓") : io.paint("red", "✗");
    io.out(`  ${mark} ${service.padEnd(18)} ${state}`);
    for (const { where, change, reason } of breaking)
      io.out(`      ${where}: ${change}. ${io.paint("yellow", reason)}`);
  }
  if (breaking.length > 0)
    io.err(
      `${breaking.length} breaking changes. Keep what was, or add a new version beside it; if nobody relies on it yet: souk contracts write`,
    );
  return breaking.length === 0 ? 0 : 1;
}

async function write(io: Io, json: boolean): Promise<number> {
  const { release } = await import("../contracts/released.ts");
  const files = await release((await declarations()).map(({ contract }) => contract));
  if (json) printJson(io, files);
  else for (const file of files) io.out(`  ${file}`);
  return 0;
}

async function draw(io: Io, json: boolean): Promise<number> {
  const { diagram } = await import("../contracts/diagram.ts");
  const picture = diagram(await declarations());
  if (json) printJson(io, { mermaid: picture });
  else io.out(picture);
  return 0;
}
