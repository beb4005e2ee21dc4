import { userInfo } from "node:os";
import type { Client } from "@souk/contract";
import { ServiceError } from "@souk/kernel";
import { operatorContract } from "@souk/service/operator-contract";
import { Failure } from "./failure.ts";
import { operatorMesh } from "./operator.ts";
import { runningSupervisor } from "./running-shop.ts";
import type { Home } from "./state/home.ts";
import { readPrivateJson } from "./state/private-file.ts";
import { checkService } from "./system.ts";

/** A running service, as its operator sees it. */
export type Operated = { readonly service: string; readonly client: Client<ReturnType<typeof operatorContract>> };

/** Who asks, as the services write it down. */
export const actor = (): string => userInfo().username;

/**
 * Speaks to the running services, or to the one that is named, as their operator.
 * @throws Failure when the shop does not run, or a service refuses
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
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    throw new Failure(`${error.message} (${error.code})`, "See: souk logs", { cause: error });
  } finally {
    await mesh.close();
  }
}

/** What each service answers. One without a database has nothing to operate and answers that there is no such thing. */
export async function askAll<T>(
  services: readonly Operated[],
  ask: (client: Operated["client"]) => Promise<T>,
): Promise<{ service: Operated; answer: T }[]> {
  const answers = await Promise.all(
    services.map(async (service) => {
      try {
        return [{ service, answer: await ask(service.client) }];
      } catch (error) {
        if (error instanceof ServiceError && error.status === "not_found") return [];
        throw error;
      }
    }),
  );
  return answers.flat();
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
  const found = await askAll(services, find);
  const [one] = found;
  if (one === undefined)
    throw new Failure(`No running service has ${what}.`, "See what there is: souk sagas, souk dlq");
  if (found.length > 1)
    throw new Failure(
      `${found.length} services have ${what}: ${found.map(({ service }) => service.service).join(", ")}.`,
      "Say which: --service NAME",
    );
  return one;
}
