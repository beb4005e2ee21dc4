import { userInfo } from "node:os";
import type { Client } from "@souk/contract";
import { ServiceError } from "@souk/kernel";
import { operatorContract } from "@souk/service/operator-contract";
import type { Options } from "./command.ts";
import { Failure, isAway } from "./failure.ts";
import type { Io } from "./io.ts";
import { operatorMesh } from "./operator.ts";
import { runningSupervisor } from "./running-shop.ts";
import type { Home } from "./state/home.ts";
import { readPrivateJson } from "./state/private-file.ts";
import { checkService } from "./system.ts";

/** A running service, as its operator sees it. */
export type Operated = { readonly service: string; readonly client: Client<ReturnType<typeof operatorContract>> };

/** Of every command that lists something of several services. */
export const eachService = {
  service: { type: "string", value: "NAME", describe: "only this service" },
  limit: {
    type: "number",
    value: "N",
    least: 1,
    most: 1_000,
    default: 50,
    describe: "at most so many of each service",
  },
} as const satisfies Options;

/** Who asks, as the services write it down. */
export const actor = (): string => userInfo().username;

/**
 * Speaks to the running services, or to the one that is named, as their operator.
 * @throws Failure when the shop does not run; ServiceError when a service refuses
 */
export async function withOperator<T>(
  home: Home,
  only: string | undefined,
  work: (services: readonly Operated[]) => Promise<T>,
): Promise<T> {
  await runningSupervisor(home);
  const running = Object.keys((await readPrivateJson<Record<string, unknown>>(home.registry)) ?? {});
  const chosen = only === undefined ? running : [checkService(only, running)];
  const mesh = await operatorMesh(home);
  try {
    return await work(chosen.map((service) => ({ service, client: mesh.client(operatorContract(service)) })));
  } finally {
    await mesh.close();
  }
}

type Asked<T> = {
  readonly answers: { readonly service: Operated; readonly answer: T }[];
  /** Services that could not be asked, and why. */
  readonly silent: { readonly service: string; readonly why: string }[];
};

/**
 * What each service answers: an outage of one is when the others are asked. One without a database has nothing to operate and answers
 * that there is no such thing.
 */
export async function askAll<T>(
  services: readonly Operated[],
  ask: (client: Operated["client"]) => Promise<T>,
): Promise<Asked<T>> {
  const asked: Asked<T> = { answers: [], silent: [] };
  await Promise.all(
    services.map(async (service) => {
      try {
        asked.answers.push({ service, answer: await ask(service.client) });
      } catch (error) {
        if (!(error instanceof ServiceError)) throw error;
        if (isAway(error)) asked.silent.push({ service: service.service, why: error.message });
        else if (error.status !== "not_found") throw error;
      }
    }),
  );
  const place = new Map(services.map((service, i) => [service, i]));
  asked.answers.sort((a, b) => (place.get(a.service) ?? 0) - (place.get(b.service) ?? 0));
  return asked;
}

/** Says on the standard error who is missing from a list. @returns the exit code: 1 when somebody is */
export function tellSilent(io: Io, silent: Asked<unknown>["silent"]): number {
  for (const { service, why } of silent) io.err(`${io.paint("yellow", `without ${service}:`)} ${why}`);
  return silent.length === 0 ? 0 : 1;
}

/**
 * The one service that has a thing.
 * @param find the thing; throws a ServiceError of status `not_found` when the service does not have it
 * @throws Failure when none has it, or several
 */
export async function onlyOne<T>(
  services: readonly Operated[],
  what: string,
  find: (client: Operated["client"]) => Promise<T>,
): Promise<{ service: Operated; answer: T }> {
  const { answers: found, silent } = await askAll(services, find);
  const [one] = found;
  if (one === undefined && silent.length > 0)
    throw new Failure(
      `No service that answers has ${what}; ${silent.map(({ service }) => service).join(" and ")} did not answer.`,
      "Ask again when all are ready: souk status",
    );
  if (one === undefined)
    throw new Failure(`No running service has ${what}.`, "See what there is: souk sagas, souk dlq");
  if (found.length > 1)
    throw new Failure(
      `${found.length} services have ${what}: ${found.map(({ service }) => service.service).join(", ")}.`,
      "Say which: --service NAME",
    );
  return one;
}
