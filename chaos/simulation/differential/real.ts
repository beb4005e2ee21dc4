import { migrations as eventStore } from "@souk/event-store";
import { migrations as messaging } from "@souk/messaging";
import { migrations as sagas } from "@souk/saga";
import { PostgresConnection } from "../../../platform/postgres/connection.ts";
import { testDatabase } from "../../../platform/testing/database.ts";
import { comparedTables, ownTables } from "./commands.ts";
import type { Outcome, Real, RealSession } from "./compare.ts";

/** Longer than any program takes. */
const neverMs = 3_600_000;

/** A database of the test server with the chassis' migrations, and sessions on it that speak to it as production does. */
export async function openReal(): Promise<Real & { close(): Promise<void> }> {
  const { url, db, close } = await testDatabase({ sets: [messaging, sagas, eventStore] });
  const config = {
    connectionString: url,
    options: `-c timezone=UTC -c datestyle=ISO -c deadlock_timeout=${neverMs} -c lock_timeout=${neverMs}`,
  };
  const open = () => PostgresConnection.open({ config, answerTimeoutMs: neverMs, onBroken: () => {} });
  const admin = await open();
  const ask = (text: string, values: readonly string[] = []) => admin.send({ name: text, text }, values, true);
  for (const statement of ownTables.split(";")) if (statement.trim() !== "") await ask(statement);

  const sessions = await Promise.all(
    [0, 1, 2].map(async (): Promise<RealSession> => {
      const connection = await open();
      const [row] = (await connection.send({ name: "pid", text: "select pg_backend_pid() as pid" }, [], true)).rows;
      const pid = String((row as { pid: number }).pid); // as: what the statement says
      return {
        async send(text, command): Promise<Outcome> {
          try {
            const { rows } = await connection.send(
              command?.statement ?? { name: text, text },
              command?.values ?? [],
              true,
            );
            return { rows };
          } catch (error) {
            // as: what the driver throws for a refusal
            return { code: (error as { code?: string }).code ?? String(error) };
          }
        },
        async looksForDeadlock(looks) {
          const text = looks ? "set deadlock_timeout = 10" : "reset deadlock_timeout";
          await connection.send({ name: text, text }, [], true);
        },
        async isWaiting() {
          const { rows } = await ask("select wait_event_type as on from pg_stat_activity where pid = $1::integer", [
            pid,
          ]);
          return (rows[0] as { on: string | null } | undefined)?.on === "Lock"; // as: what the statement says
        },
        async cancel() {
          await ask("select pg_cancel_backend($1::integer)", [pid]);
        },
      };
    }),
  );
  const tables = comparedTables.join(", ");
  return {
    sessions,
    async reset() {
      await ask(`truncate ${tables} restart identity`);
      await ask("alter sequence chassis.event_positions restart");
    },
    rows: async (table) => (await ask(`select * from ${table}`)).rows,
    async close() {
      await admin.close();
      await db.close();
      await close();
    },
  };
}
