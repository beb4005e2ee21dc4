import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";

/** Signing in and up is what passwords are guessed with; the others make mail, or take what came in one. */
const credentialRoutes: ReadonlySet<string> = new Set([
  "/v1/auth/login",
  "/v1/auth/register",
  "/v1/auth/refresh",
  "/v1/auth/verify-email",
  "/v1/auth/password-reset",
  "/v1/auth/password-reset/confirm",
  "/letters/verify-address",
  "/letters/forgotten-password",
  "/letters/reset-password",
  "/oauth/token",
  "/session",
  "/session/register",
  "/session/refresh",
]);

type Limits = { readonly perSecond: number; readonly credentialsPerMinute: number };

/**
 * How long a caller has to wait, in whole seconds; undefined when it may go on.
 * @param address of the caller  @param route the endpoint's path as its contract writes it
 */
export type Limit = (address: string, route: string) => Promise<number | undefined>;

/**
 * Limits each caller, known by its address, in each gateway instance. A caller may save up ten seconds' worth for a burst.
 */
export function rateLimit({ perSecond, credentialsPerMinute }: Limits): Limit {
  const all = new RateLimiterMemory({ points: perSecond * 10, duration: 10 });
  const credentials = new RateLimiterMemory({ points: credentialsPerMinute, duration: 60 });
  return async (address, route) => {
    const limiter = credentialRoutes.has(route) ? credentials : all;
    try {
      await limiter.consume(address);
      return undefined;
    } catch (refused) {
      if (refused instanceof RateLimiterRes) return Math.max(1, Math.ceil(refused.msBeforeNext / 1000));
      throw refused;
    }
  };
}
