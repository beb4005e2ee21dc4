import { pathToFileURL } from "node:url";
import type { ServiceDefinition } from "@souk/service";
import { serviceFile } from "./system.ts";

/** What `services/<name>/service.ts` declares. Loads the service and half the chassis: not for commands that must be quick. */
export async function loadDeclaration(name: string): Promise<ServiceDefinition> {
  const module: { readonly default?: ServiceDefinition } = await import(pathToFileURL(serviceFile(name)).href);
  if (module.default?.contract.name !== name)
    throw new Error(`services/${name}/service.ts does not export the declaration of ${name} by default.`);
  return module.default;
}
