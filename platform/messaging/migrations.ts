import type { MigrationSet } from "@souk/postgres";

/** Outbox, inbox and dead letters, in each service's own database. */
export const migrations: MigrationSet = { module: "messaging", directory: new URL("migrations/", import.meta.url) };
