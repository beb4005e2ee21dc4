import { instant } from "@souk/kernel";
import { defineService, env } from "@souk/service";
import { accounts } from "./accounts.ts";
import { bootstrap } from "./bootstrap.ts";
import { users } from "./contract.ts";
import { sessionTable } from "./db/sessions.ts";
import { routes } from "./routes.ts";
import { tokenIssuer } from "./tokens.ts";

const sweepAfterMs = 24 * 3_600_000;

export default defineService({
  contract: users,
  config: {
    signingKey: env.secret("TOKEN_SIGNING_KEY", { describe: "Signs access tokens: 32 random bytes as base64url" }),
    issuer: env.url("TOKEN_ISSUER", { describe: "The shop's public address, as access tokens name it" }),
    audience: env.string("TOKEN_AUDIENCE", { default: "souk", describe: "Whom access tokens are for" }),
    sessionMs: env.duration("SESSION_TTL", { default: "30d", describe: "How long a session lives without being used" }),
    adminEmail: env.string("ADMIN_EMAIL", {
      default: "admin@souk.example",
      describe: "The first administrator's address",
    }),
    adminPassword: env.secret("ADMIN_PASSWORD", { describe: "The first administrator's password" }),
    clientsFile: env.string("DEV_CLIENTS_FILE", {
      optional: true,
      describe: "Machine clients: JSON of id to { secret, roles }",
    }),
  },
  calls: {},
  consumes: [],

  wire: ({ config, db, publish, clock, newId, newSecret }) => {
    const tokens = tokenIssuer({
      seeds: config.signingKey.accepted,
      issuer: config.issuer,
      audience: config.audience,
      clock,
      newId,
    });
    const service = accounts({ db, publish, tokens, clock, newId, newSecret, sessionMs: config.sessionMs });
    return {
      routes: routes({ db, accounts: service, tokens, publish, clock }),
      on: {},
      tasks: [
        {
          name: "sweep ended sessions",
          everyMs: 3_600_000,
          run: async () => void (await sessionTable(db).sweep(instant(clock.now() - sweepAfterMs))),
        },
      ],
      async start() {
        await bootstrap(
          service,
          { email: config.adminEmail, password: config.adminPassword.current },
          config.clientsFile,
        );
        return { close: async () => {} };
      },
    };
  },
});
