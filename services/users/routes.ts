import type { Handlers } from "@souk/http";
import type { users } from "./contract.ts";
import { administrationRoutes } from "./routes/administration.ts";
import { ownAccountRoutes } from "./routes/own-account.ts";
import { signingInRoutes } from "./routes/signing-in.ts";
import type { Services } from "./services.ts";

export const routes = (services: Services): Handlers<typeof users> => ({
  ...signingInRoutes(services),
  ...ownAccountRoutes(services),
  ...administrationRoutes(services),
});
