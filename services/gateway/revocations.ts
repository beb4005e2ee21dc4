import type { Client } from "@souk/contract";
import type { users } from "@souk/users/contract";

/**
 * The sessions whose tokens are refused though they have not expired. Asked again every second by a task; when users is away the last
 * answer stands, and tokens expire by themselves within five minutes.
 */
export function revocations(client: Client<typeof users>) {
  let revoked: ReadonlySet<string> = new Set();
  return {
    has: (sessionId: string): boolean => revoked.has(sessionId),
    async refresh(): Promise<void> {
      const { sessionIds } = await client.revocations();
      revoked = new Set(sessionIds);
    },
  };
}
