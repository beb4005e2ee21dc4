import type { Client, Principal } from "@souk/contract";
import type { users } from "@souk/users/contract";

/**
 * Whose tokens are refused though they have not expired: those of ended sessions and of removed API keys. Asked again every second by a
 * task; when users is away the last answer stands, and tokens expire by themselves within five minutes.
 */
export function revocations(client: Client<typeof users>) {
  let sessions: ReadonlySet<string> = new Set();
  let keys: ReadonlySet<string> = new Set();
  return {
    of(principal: Principal): boolean {
      if (principal.kind === "user") return sessions.has(principal.sessionId);
      return principal.kind === "client" && keys.has(principal.id);
    },
    async refresh(): Promise<void> {
      const { sessionIds, keyIds } = await client.revocations();
      sessions = new Set(sessionIds);
      keys = new Set(keyIds);
    },
  };
}
