import { readFile } from "node:fs/promises";
import { ServiceError } from "@souk/kernel";
import type { Accounts } from "./accounts.ts";
import { errors } from "./errors.ts";

type Clients = Record<string, { secret: string; roles: string[] }>;

/** The first administrator, and the machine clients of a mounted file. Safe at every start, in every replica. */
export async function bootstrap(
  accounts: Accounts,
  admin: { email: string; password: string },
  clientsFile: string | undefined,
): Promise<void> {
  try {
    await accounts.create({ ...admin, name: "Administrator", roles: ["admin"] });
  } catch (error) {
    if (!(error instanceof ServiceError) || error.code !== errors.EmailTaken.code) throw error;
  }
  if (!clientsFile) return;
  const clients = JSON.parse(await readFile(clientsFile, "utf8")) as Clients;
  for (const [clientId, { secret, roles }] of Object.entries(clients))
    await accounts.putClient(clientId, secret, roles);
}
