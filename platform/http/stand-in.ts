import type { Contract, Endpoint } from "@souk/contract";
import { ServiceError } from "@souk/kernel";
import type { Forward } from "./proxy.ts";

const standInHeader = "x-souk-stand-in";

type Answer = Awaited<ReturnType<Forward>>;

const addressOf = ({ method, path }: Endpoint): string => `${method} ${path}`;

/** Who answers in whose place: a service by the address that another one's endpoint has too. */
export function standInsOf(contracts: readonly Contract[]): ReadonlyMap<string, string> {
  const endpoints = contracts.flatMap(({ name, endpoints }) =>
    Object.values(endpoints).map((endpoint: Endpoint) => ({ name, endpoint })),
  );
  const answered = new Set(
    endpoints.filter(({ endpoint }) => !endpoint.spec.standIn).map(({ endpoint }) => addressOf(endpoint)),
  );
  return new Map(
    endpoints
      .filter(({ endpoint }) => endpoint.spec.standIn && answered.has(addressOf(endpoint)))
      .map(({ name, endpoint }) => [addressOf(endpoint), name]),
  );
}

/**
 * Asks the service, and while it is away (it cannot be reached, or says that it cannot answer) its stand-in. The answer then names who
 * gave it. What the stand-in cannot do either is told as the service, or its absence, told it.
 */
export function forwardWithStandIn(
  forward: Forward,
  standIns: ReadonlyMap<string, string>,
  endpoint: Endpoint,
): Forward {
  const standIn = standIns.get(addressOf(endpoint));
  if (standIn === undefined) return forward;
  return async (service, request) => {
    let refused: Answer;
    try {
      refused = await forward(service, request);
    } catch (error) {
      if (!isAway(error)) throw error;
      const answer = await instead(request);
      if (answer) return answer;
      throw error;
    }
    if (refused.status !== 503) return refused;
    const answer = await instead(request);
    if (!answer) return refused;
    discard(refused);
    return answer;
  };

  async function instead(request: Parameters<Forward>[1]): Promise<Answer | undefined> {
    if (standIn === undefined) return undefined;
    try {
      const answer = await forward(standIn, request);
      if (answer.status === 200) return { ...answer, headers: { ...answer.headers, [standInHeader]: standIn } };
      discard(answer);
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
    }
    return undefined;
  }
}

const isAway = (error: unknown): boolean => error instanceof ServiceError && error.status === "unavailable";

function discard({ body }: Answer): void {
  if (!Buffer.isBuffer(body)) body.destroy();
}
