import type { Principal } from "@souk/contract";
import { answer, type Handlers } from "@souk/http";
import { type Clock, instant } from "@souk/kernel";
import type { Publish } from "@souk/messaging";
import type { Db } from "@souk/postgres";
import type { Accounts } from "./accounts.ts";
import { users } from "./contract.ts";
import { sessionTable } from "./db/sessions.ts";
import { updateRoles, userTable } from "./db/users.ts";
import { errors } from "./errors.ts";
import { readGrant } from "./grant.ts";
import { accessSeconds, type TokenIssuer } from "./tokens.ts";

type Deps = { db: Db; accounts: Accounts; tokens: TokenIssuer; publish: Publish; clock: Clock };

/** A revoked session is announced a little longer than a token of it can live. */
const announceMs = (accessSeconds + 60) * 1000;

export function routes({ db, accounts, tokens, publish, clock }: Deps): Handlers<typeof users> {
  const table = userTable(db);
  const sessions = sessionTable(db);
  const now = () => instant(clock.now());

  return {
    async register({ body }) {
      return answer(201, await accounts.register(body), { location: "/v1/users/me" });
    },
    login: ({ body }) => accounts.login(body.email, body.password),
    refresh: ({ body }) => accounts.refresh(body.refreshToken),
    async logout({ body }) {
      await accounts.logout(body.refreshToken);
      return {};
    },
    async token({ stream, mediaType, headers }) {
      const { clientId, secret } = await readGrant(stream, mediaType, headers.authorization);
      return accounts.clientToken(clientId, secret);
    },

    discovery: async () => ({
      issuer: tokens.issuer,
      jwks_uri: `${tokens.issuer}/.well-known/jwks.json`,
      token_endpoint: `${tokens.issuer}/oauth/token`,
      grant_types_supported: ["client_credentials"],
      token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post"],
      id_token_signing_alg_values_supported: ["EdDSA"],
      response_types_supported: [],
      subject_types_supported: ["public"],
    }),
    jwks: async () => tokens.jwks,

    async me({ principal }) {
      const { id: userId } = signedInUser(principal);
      const user = await table.byId(userId);
      if (!user) throw errors.NotFound({ userId });
      return user;
    },
    async updateMe({ principal, body }) {
      const { id: userId } = signedInUser(principal);
      const user = body.name === undefined ? await table.byId(userId) : await table.rename(userId, body.name);
      if (!user) throw errors.NotFound({ userId });
      return user;
    },
    async sessions({ principal }) {
      const { id, sessionId } = signedInUser(principal);
      const live = await sessions.live(id, now());
      return { data: live.map((session) => ({ ...session, current: session.id === sessionId })) };
    },
    async revokeSession({ principal, params: { sessionId } }) {
      if (!(await sessions.revokeOf(signedInUser(principal).id, sessionId, now())))
        throw errors.SessionNotFound({ sessionId });
      return {};
    },

    setRoles: ({ params: { userId }, body: { roles } }) =>
      db.tx(async (tx) => {
        const updated = await updateRoles(tx, userId, [...new Set(roles)]);
        if (!updated) throw errors.NotFound({ userId });
        const { version, ...user } = updated;
        await publish(tx, users.events.rolesChanged, {
          subject: userId,
          sequence: version,
          data: { userId, roles: user.roles },
        });
        return user;
      }),

    async revocations() {
      return { sessionIds: await sessions.revokedSince(instant(clock.now() - announceMs)) };
    },
  };
}

/** The access rule let nobody else in. */
function signedInUser(principal: Principal) {
  if (principal.kind !== "user") throw new Error(`a ${principal.kind} reached a route for signed-in users`);
  return principal;
}
