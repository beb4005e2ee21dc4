import type { cardSimulator } from "@souk/card-simulator/contract";
import type { Client } from "@souk/contract";
import { type Config, ConfigError, env, type Secret, type Var } from "@souk/service";
import type { ProviderName } from "../domain/payment.ts";
import type { Provider } from "./provider.ts";
import { simulatorProvider } from "./simulator.ts";
import { stripeProvider } from "./stripe/stripe.ts";

/** A secret that is needed only together with another setting. */
function optionalSecret(name: string, describe: string): Var<Secret | undefined> {
  const needed = env.secret(name, { describe });
  return {
    ...needed,
    optional: true,
    parse: (raw, environment) => (raw === undefined ? undefined : needed.parse(raw, environment)),
  };
}

export const providerVars = {
  provider: env.oneOf("PAYMENT_PROVIDER", ["simulator", "stripe"], {
    default: "simulator",
    describe: "Who takes new payments; older ones stay with the one that took them",
  }),
  webhookSecret: env.secret("PAYMENT_WEBHOOK_SECRET", { describe: "Checks the simulator's notifications" }),
  stripeSecretKey: optionalSecret("STRIPE_SECRET_KEY", "Opens our account at Stripe: sk_live_… or sk_test_…"),
  stripeWebhookSecret: optionalSecret("STRIPE_WEBHOOK_SECRET", "Checks Stripe's notifications: whsec_…"),
  stripeReturnUrl: env.url("STRIPE_RETURN_URL", {
    optional: true,
    describe: "Where shoppers come back to from their bank's page: the page of orders in the shop",
  }),
  stripeApiUrl: env.url("STRIPE_API_URL", {
    default: "https://api.stripe.com",
    describe: "Where Stripe is spoken; another address is for tests",
  }),
};

export type Providers = {
  /** Takes new payments. */
  readonly current: Provider;
  /** The one that took a payment gives it back, whichever takes new ones. @throws Error when it is not configured any more */
  readonly of: (name: ProviderName) => Provider;
  /** Those that are configured. */
  readonly all: readonly Provider[];
};

/**
 * @param now epoch milliseconds
 * @throws ConfigError when Stripe takes the payments and a setting that it needs is missing
 */
export function chooseProviders(
  config: Config<typeof providerVars>,
  simulator: Client<typeof cardSimulator>,
  now: () => number,
): Providers {
  const { stripeSecretKey, stripeWebhookSecret, stripeReturnUrl: returnUrl, stripeApiUrl: apiUrl } = config;
  const needed = {
    SOUK_STRIPE_SECRET_KEY: stripeSecretKey,
    SOUK_STRIPE_WEBHOOK_SECRET: stripeWebhookSecret,
    SOUK_STRIPE_RETURN_URL: returnUrl,
  };
  const lacking = Object.entries(needed).flatMap(([name, value]) => (value === undefined ? [name] : []));
  if (config.provider === "stripe" && lacking.length > 0)
    throw new ConfigError(lacking.map((name) => `${name}: is needed when SOUK_PAYMENT_PROVIDER is stripe.`));

  const all: Provider[] = [simulatorProvider({ simulator, webhookSecrets: config.webhookSecret.accepted, now })];
  // Also when it takes no new payments any more: what it took may have to be given back.
  if (stripeSecretKey && stripeWebhookSecret && returnUrl !== undefined) {
    const { current: secretKey } = stripeSecretKey;
    all.push(stripeProvider({ secretKey, webhookSecrets: stripeWebhookSecret.accepted, returnUrl, apiUrl, now }));
  }
  const of = (name: ProviderName) => {
    const found = all.find((provider) => provider.name === name);
    if (!found)
      throw new Error(`the payment provider ${name} is not configured; set its keys again until all is settled`);
    return found;
  };
  return { current: of(config.provider), of, all };
}
