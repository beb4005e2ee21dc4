import { answer, type Handlers } from "@souk/http";
import type { administration as endpoints } from "../contract/administration.ts";
import type { users } from "../contract.ts";
import type { Services } from "../services.ts";
import { actorId, isAdministrator, person } from "./callers.ts";

type Administration = Pick<Handlers<typeof users>, keyof typeof endpoints>;

export function administrationRoutes(services: Services): Administration {
  const { administration, erasure, audit, machines, sessions, letters } = services;
  const none = {};

  return {
    list: ({ query }) => administration.find(query),
    byId: ({ params }) => administration.user(params.userId),
    setRoles: ({ principal, params, body }) => administration.setRoles(actorId(principal), params.userId, body.roles),
    setGroups: ({ principal, params, body }) =>
      administration.setGroups(actorId(principal), params.userId, body.groups),
    async resetSecondFactor({ principal, params }) {
      await administration.resetSecondFactor(actorId(principal), params.userId);
      return none;
    },
    async erase({ principal, params }) {
      const { receipt: _, ...state } = await erasure.erase(params.userId, actorId(principal));
      return answer(202, state);
    },
    erasures: ({ query }) => erasure.list(query),
    erasure: ({ principal, params, headers }) =>
      erasure.state(
        params.erasureId,
        isAdministrator(principal) ? "administrator" : { receipt: headers["x-erasure-receipt"] },
      ),
    audit: ({ query }) => audit.list(query),

    groups: ({ query }) => administration.groups(query),
    missingGroups: async ({ body }) => ({ missing: await administration.missingGroups(body.codes) }),
    putGroup: ({ params, body }) => administration.putGroup({ code: params.code, name: body.name }),
    async removeGroup({ params }) {
      await administration.removeGroup(params.code);
      return none;
    },

    apiKeys: ({ principal, query }) => machines.list(person(principal), query),
    async createApiKey({ principal, body }) {
      const owner = person(principal);
      await sessions.assertFresh(owner.sessionId);
      return answer(201, await machines.create(owner, body), { location: "/v1/api-keys" });
    },
    rotateApiKey: ({ principal, params, body: { graceHours = 24 } }) =>
      machines.rotate(person(principal), params.keyId, graceHours),
    async revokeApiKey({ principal, params }) {
      await machines.revoke(person(principal), params.keyId);
      return none;
    },

    async revocations() {
      const [sessionIds, keyIds] = await Promise.all([sessions.announced(), machines.announced()]);
      return { sessionIds, keyIds };
    },
    contact: ({ params }) => letters.contact(params.userId),
    openLetter: ({ params }) => letters.open(params.letterId),
  };
}
