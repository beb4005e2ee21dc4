import type { MigrationSet } from "@souk/postgres";

export const migrations: MigrationSet = { module: "service", directory: new URL("migrations/", import.meta.url) };
