import { readFile } from "node:fs/promises";
import { type Clock, instant } from "@souk/kernel";
import type { Db } from "@souk/postgres";
import type { Accounts } from "./accounts.ts";
import { lockInTheClear, sealAccount } from "./db/users.ts";
import type { Machines } from "./machines.ts";
import type { People } from "./people.ts";

type Clients = Record<string, { secret: string; roles: string[] }>;
type Deps = {
  accounts: Accounts;
  machines: Machines;
  admin: { email: string; password: string };
  clientsFile: string | undefined;
};

/** The first administrator, and the machine clients of a mounted file. Safe at every start, in every replica. */
export async function bootstrap({ accounts, machines, admin, clientsFile }: Deps): Promise<void> {
  await accounts.ensure({ ...admin, name: "Administrator" }, ["admin"]);
  if (!clientsFile) return;
  const clients = JSON.parse(await readFile(clientsFile, "utf8")) as Clients;
  for (const [clientId, { secret, roles }] of Object.entries(clients))
    await machines.putClient(clientId, secret, roles);
}

const batch = 200;

/** Seals what a release before 0002_accounts.sql kept in the clear. Each address had one account then, so it counts as that one's. */
export async function sealTheClear(db: Db, people: People, clock: Clock): Promise<void> {
  for (let sealedCount = batch; sealedCount === batch; ) {
    sealedCount = await db.tx(async (tx) => {
      const rows = await lockInTheClear(tx, batch);
      for (const { userId, email, name } of rows) {
        const now = instant(clock.now());
        const sealed = await people.seal(tx, userId, { email, name }, now);
        if (sealed) await sealAccount(tx, userId, sealed, people.digestOf(email), now);
      }
      return rows.length;
    });
  }
}
