import type { IncomingHttpHeaders, IncomingMessage } from "node:http";

/** In these the edge tells the services behind it who called, over whatever the caller wrote there. */
const callerAddressHeader = "x-souk-caller-address";
const callerAgentHeader = "x-souk-caller-agent";

const maxAgent = 300;

/** Where a request came from, as far as anybody can know: an address and what the program calls itself. */
export type Caller = { readonly address: string; readonly agent: string };

const one = (value: string | string[] | undefined) => (Array.isArray(value) ? value[0] : value);

/** @param edge whether callers come here themselves; behind it only the edge knows them, and what it says is believed */
export function callerOf({ headers, socket }: IncomingMessage, edge: boolean): Caller {
  const told = edge ? undefined : one(headers[callerAddressHeader]);
  const agent = told === undefined ? headers["user-agent"] : one(headers[callerAgentHeader]);
  return { address: told ?? socket.remoteAddress ?? "unknown", agent: (agent ?? "").slice(0, maxAgent) };
}

export const callerHeaders = ({ address, agent }: Caller): IncomingHttpHeaders & Record<string, string> => ({
  [callerAddressHeader]: address,
  [callerAgentHeader]: agent,
});
