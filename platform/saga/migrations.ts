import type { MigrationSet } from "@souk/postgres";

export const migrations: MigrationSet = { module: "saga", directory: new URL("migrations/", import.meta.url) };
