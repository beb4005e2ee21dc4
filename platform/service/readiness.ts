import type { Clock } from "@souk/kernel";

/** What readiness asks of the service's own database; never of a peer, or one sick service would take all others with it. */
export type OwnDatabase = {
  /** @throws when PostgreSQL does not answer in time */
  ping(timeoutMs: number): Promise<void>;
  /** Migrations that this code needs and the database has not seen. */
  pendingMigrations(): Promise<string[]>;
};

export type Readiness = {
  /** Why this process should get no work; empty when it should. Never rejects. */
  check(): Promise<readonly string[]>;
  /** Whether start-up is over. */
  readonly started: boolean;
  readonly draining: boolean;
  markStarted(): void;
  markDraining(): void;
};

const pingTimeoutMs = 500;
const cachedMs = 1_000;

export function createReadiness({
  clock,
  database,
}: {
  readonly clock: Clock;
  readonly database: OwnDatabase | undefined;
}): Readiness {
  let started = false;
  let draining = false;
  /** A database never falls behind the code again. */
  let migrated = database === undefined;
  let asked: { readonly at: number; readonly problems: Promise<readonly string[]> } | undefined;

  async function askDatabase(): Promise<readonly string[]> {
    if (!database) return [];
    try {
      await database.ping(pingTimeoutMs);
      if (migrated) return [];
      const pending = await database.pendingMigrations();
      migrated = pending.length === 0;
      return migrated ? [] : [`the database lacks ${pending.length} migrations`];
    } catch {
      // The reason is in the log of whoever needed the database; a prober may not see host names or SQL.
      return ["the database does not answer"];
    }
  }

  return {
    async check() {
      if (draining) return ["draining"];
      if (!started) return ["starting"];
      const now = clock.monotonic();
      if (!asked || now - asked.at >= cachedMs) asked = { at: now, problems: askDatabase() };
      return asked.problems;
    },
    get started() {
      return started;
    },
    get draining() {
      return draining;
    },
    markStarted() {
      started = true;
    },
    markDraining() {
      draining = true;
    },
  };
}
