import type { Sql } from "@souk/postgres";

export type Client = { clientId: string; secretHash: Uint8Array; roles: string[] };

export const clientTable = (sql: Sql) => ({
  async find(clientId: string): Promise<Client | undefined> {
    const [row] = await sql<Client>`
      select client_id as "clientId", secret_hash as "secretHash", roles from clients where client_id = ${clientId}`;
    return row;
  },
  put: ({ clientId, secretHash, roles }: Client) => sql`
    insert into clients (client_id, secret_hash, roles) values (${clientId}, ${secretHash}, ${roles})
    on conflict (client_id) do update set secret_hash = excluded.secret_hash, roles = excluded.roles
    where clients.secret_hash <> excluded.secret_hash or clients.roles <> excluded.roles`,
});
