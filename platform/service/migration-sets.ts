import { existsSync } from "node:fs";
import { migrations as eventStoreMigrations } from "@souk/event-store";
import { migrations as httpMigrations } from "@souk/http";
import { migrations as messagingMigrations } from "@souk/messaging";
import type { MigrationSet } from "@souk/postgres";
import { migrations as sagaMigrations } from "@souk/saga";
import { ownsDatabase } from "./chassis-config.ts";
import { migrations } from "./migrations.ts";
import type { ServiceDefinition } from "./types.ts";

/**
 * Everything that a service's database must hold, in order: the chassis' tables, then the service's own from `db/migrations`.
 * Whoever deploys applies them before the service starts; a running service never changes its schema.
 * @param directory the service's folder
 */
export function migrationSets(
  definition: Pick<ServiceDefinition, "contract" | "calls" | "consumes" | "database">,
  directory: URL,
): MigrationSet[] {
  if (!ownsDatabase(definition)) return [];
  const own = new URL("db/migrations/", directory.href.endsWith("/") ? directory : `${directory.href}/`);
  return [
    eventStoreMigrations,
    httpMigrations,
    messagingMigrations,
    sagaMigrations,
    migrations,
    ...(existsSync(own) ? [{ module: definition.contract.name, directory: own }] : []),
  ];
}
