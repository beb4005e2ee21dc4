import { request } from "undici";
import type { Options, Run } from "../command.ts";
import { Failure, usageFailure } from "../failure.ts";
import { printJson } from "../io.ts";
import { nearest } from "../nearest.ts";
import { gatewayAddress } from "../running-shop.ts";
import { homeOf } from "../state/home.ts";
import { readSecrets } from "../state/secrets.ts";
import { developmentClient, roles } from "../system.ts";

export const summary = "Print an access token for scripts; development only";
export const usage = `souk token ROLE
curl -H "authorization: Bearer $(./souk token operator)" http://localhost:8080/v1/inventory/SKU

Roles: ${roles.join(", ")}. A token lives five minutes.`;
export const options = {} as const satisfies Options;
export const positionals = 1;

/** What /oauth/token answers (RFC 6749, 5.1). */
type TokenAnswer = { readonly access_token: string; readonly expires_in: number };

export const run: Run<typeof options> = async ({ options, positionals: [role] }, io) => {
  if (role === undefined) throw usageFailure("A token of which role?", `There are: ${roles.join(", ")}.`);
  if (!roles.some((known) => known === role)) {
    const meant = nearest(role, roles);
    throw usageFailure(
      `There is no role "${role}".`,
      meant === undefined ? `There are: ${roles.join(", ")}.` : `Did you mean: souk token ${meant}`,
    );
  }
  const home = homeOf(io.env);
  const address = await gatewayAddress(home);
  const client = developmentClient(role);
  const secret = (await readSecrets(home))?.developmentClients[client];
  if (secret === undefined)
    throw new Failure(`There is no development client ${client}.`, "Make it: souk down, then souk up");

  const { access_token, expires_in } = await obtain(address, client, secret);
  if (options.json) printJson(io, { role, accessToken: access_token, expiresIn: expires_in });
  else io.out(access_token);
  return 0;
};

/** OAuth 2.0 client credentials (RFC 6749, 4.4). */
async function obtain(address: string, id: string, secret: string): Promise<TokenAnswer> {
  const form = new URLSearchParams({ grant_type: "client_credentials", client_id: id, client_secret: secret });
  const { statusCode, body } = await request(`${address}/oauth/token`, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: form.toString(),
  }).catch((error: unknown) => {
    throw new Failure(`The gateway does not answer at ${address}.`, "See: souk status", { cause: error });
  });
  if (statusCode !== 200)
    throw new Failure(`The gateway answered ${statusCode}: ${await body.text()}`, "See: souk logs users");
  // as: the users' contract
  return (await body.json()) as TokenAnswer;
}
