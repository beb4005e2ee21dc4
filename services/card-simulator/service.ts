import { defineService, env } from "@souk/service";
import { cardSimulator } from "./contract.ts";
import { expireAuthorizations } from "./expiry.ts";
import { routes } from "./routes.ts";
import { sendWebhooks } from "./webhook-sender.ts";

export default defineService({
  contract: cardSimulator,
  config: {
    tokenSecret: env.secret("CARD_TOKEN_SECRET", { describe: "Signs the tokens that stand for test cards" }),
    webhookSecret: env.secret("PAYMENT_WEBHOOK_SECRET", { describe: "Signs notifications to the merchant" }),
    webhookUrl: env.url("PAYMENT_WEBHOOK_URL", { describe: "Where the merchant takes notifications" }),
    authorizationTtlMs: env.duration("CARD_AUTHORIZATION_TTL", {
      default: "7d",
      describe: "How long money stays reserved on a card before it lapses",
    }),
  },
  calls: {},
  consumes: [],

  wire: ({ config, db, clock, log, newId, newSecret }) => ({
    routes: routes({ db, clock, newId, newSecret, tokenSecret: config.tokenSecret.current }),
    on: {},
    tasks: [
      {
        name: "let authorizations lapse",
        everyMs: 10_000,
        run: expireAuthorizations({ db, clock, newId, ttlMs: config.authorizationTtlMs }),
      },
      {
        name: "send webhooks",
        everyMs: 250,
        run: sendWebhooks({ db, clock, log, url: config.webhookUrl, secret: config.webhookSecret.current }),
      },
    ],
  }),
});
