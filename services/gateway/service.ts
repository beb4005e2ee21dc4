import { inventory } from "@souk/inventory/contract";
import { notifications } from "@souk/notifications/contract";
import { orders } from "@souk/orders/contract";
import { payments } from "@souk/payments/contract";
import { products } from "@souk/products/contract";
import { recommendations } from "@souk/recommendations/contract";
import { search } from "@souk/search/contract";
import { defineService, env } from "@souk/service";
import { shipping } from "@souk/shipping/contract";
import { users } from "@souk/users/contract";
import { gateway } from "./contract.ts";
import type { Running } from "./pages/status.ts";
import { rateLimit } from "./rate-limit.ts";
import { revocations } from "./revocations.ts";
import { routes } from "./routes.ts";
import { browserSession } from "./session/browser-session.ts";
import { sessionRoutes } from "./session/routes.ts";
import { openSite } from "./storefront/site.ts";

const contracts = [users, products, search, recommendations, inventory, orders, payments, shipping, notifications];

export default defineService({
  contract: gateway,
  config: {
    publicUrl: env.url("PUBLIC_URL", { describe: "Where the shop is reached from outside" }),
    perSecond: env.integer("RATE_LIMIT_PER_SECOND", {
      default: 50,
      min: 1,
      describe: "Requests a second that one address may send",
    }),
    credentialsPerMinute: env.integer("RATE_LIMIT_CREDENTIALS_PER_MINUTE", {
      default: 30,
      min: 1,
      describe: "Sign-ins, sign-ups and refreshes a minute that one address may send",
    }),
    storefront: env.string("STOREFRONT_DIR", {
      optional: true,
      describe: "The folder of the built storefront; without it, / says what runs",
    }),
  },
  calls: { users, products, search, recommendations, inventory, orders, payments, shipping, notifications },
  consumes: [],
  database: false,

  wire: ({ config, clients, version, neighbours, development }) => {
    const revoked = revocations(clients.users);
    const running = (): Running[] => {
      const known = neighbours();
      return contracts.map(({ name }) => {
        const { instances = [], breaker } = known[name] ?? {};
        return { service: name, instances: instances.length, answering: breaker?.state !== "open" };
      });
    };
    const { publicUrl } = config;
    const limit = rateLimit(config);
    const site = config.storefront === undefined ? undefined : openSite(config.storefront, { development });
    return {
      routes: {
        ...routes({ contracts, running, version, publicUrl, development, site }),
        ...sessionRoutes({ clients, publicUrl, limit }),
      },
      on: {},
      ...(site && { pages: site.at }),
      forwards: {
        contracts,
        session: browserSession(publicUrl),
        guard: {
          limit: (request, route) => limit(request.socket.remoteAddress ?? "unknown", route),
          isRevoked: revoked.of,
        },
      },
      tasks: [{ name: "learn of ended sessions", everyMs: 1_000, run: () => revoked.refresh() }],
    };
  },
});
