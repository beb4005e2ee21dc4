import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Contract } from "@souk/contract";
import {
  type BreakingChange,
  breakingChanges,
  type ContractDocument,
  contractDocument,
} from "@souk/contract/compatibility";
import { repository } from "../state/home.ts";
import { isMissing } from "../state/private-file.ts";

/** The contracts that others were written against: one JSON document per service, kept in the repository. */
const releasedFolder = join(repository, "contracts");

export type Comparison = {
  readonly service: string;
  readonly state: "new" | "unchanged" | "compatible" | "breaking" | "gone";
  readonly breaking: readonly BreakingChange[];
};

/** Today's contracts against those in `folder`, by service. */
export async function compareWithReleased(
  contracts: readonly Contract[],
  folder = releasedFolder,
): Promise<Comparison[]> {
  const now = new Map(contracts.map((contract) => [contract.name, contractDocument(contract)]));
  const released = await readReleased(folder);
  return [...new Set([...now.keys(), ...released.keys()])].sort().map((service) => {
    const [before, after] = [released.get(service), now.get(service)];
    if (before === undefined) return { service, state: "new", breaking: [] };
    if (after === undefined) {
      const reason = "Callers and subscribers have nobody left; withdraw it once they are gone.";
      return { service, state: "gone", breaking: [{ where: service, change: "removed", reason }] };
    }
    const breaking = breakingChanges(before, after);
    if (breaking.length > 0) return { service, state: "breaking", breaking };
    return { service, state: textOf(before) === textOf(after) ? "unchanged" : "compatible", breaking };
  });
}

/** @returns the files that were written */
export async function release(contracts: readonly Contract[], folder = releasedFolder): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  for (const service of (await readReleased(folder)).keys())
    if (!contracts.some(({ name }) => name === service)) await rm(join(folder, `${service}.json`));
  return Promise.all(
    contracts.map(async (contract) => {
      const file = join(folder, `${contract.name}.json`);
      await writeFile(file, `${textOf(contractDocument(contract))}\n`);
      return file;
    }),
  );
}

const textOf = (document: ContractDocument) => JSON.stringify(document, null, 2);

async function readReleased(folder: string): Promise<Map<string, ContractDocument>> {
  const files = await readdir(folder).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  const documents = files
    .filter((file) => file.endsWith(".json"))
    .map(async (file) => {
      const document: ContractDocument = JSON.parse(await readFile(join(folder, file), "utf8"));
      return [file.slice(0, -".json".length), document] as const;
    });
  return new Map(await Promise.all(documents));
}
