import type { IncomingHttpHeaders } from "node:http";
import { type Access, allows, type Principal } from "@souk/contract";
import { ServiceError } from "@souk/kernel";
import { RequestProblem } from "./problems.ts";

/**
 * Proves who a token speaks for. Rejects with a ServiceError of status `unauthenticated` when the token is invalid, expired or
 * revoked; with anything else when that could not be found out.
 */
export type Verify = (token: string) => Promise<Principal>;

export type Verifiers = { readonly verifyUser: Verify; readonly verifyService: Verify };

/** A service proves itself with a token in this header, beside the `authorization` of the user it acts for. */
export const identityHeader = "x-souk-identity";

const anonymous: Principal = { kind: "anonymous" };
const bearer = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i;

/**
 * Decides before the body is read. The principal is the user when a service forwards a user's request; the service itself when
 * the endpoint lists it and no user's right suffices. A token that is invalid is refused even where none is needed: its sender
 * believes to be somebody.
 * @param method of the request: a client's role may be confined to reading (`operator:read`)
 * @param ownAuthorization the endpoint reads the `authorization` header itself (client credentials)
 * @throws RequestProblem 401 `unauthenticated`, `token_invalid`; 403 `permission_denied`; 503 `identity_unavailable`
 */
export async function admit(
  rules: readonly Access[],
  headers: IncomingHttpHeaders,
  { verifyUser, verifyService }: Verifiers,
  ownAuthorization: boolean,
  method: string | undefined,
): Promise<Principal> {
  const authorization = ownAuthorization ? undefined : headers.authorization;
  const identity = headers[identityHeader];
  const user =
    authorization === undefined ? anonymous : confined(await prove(verifyUser, tokenOf(authorization)), method);
  if (user.kind === "service") throw invalid("A service's token belongs in the header x-souk-identity.");
  const caller = identity === undefined ? undefined : await prove(verifyService, String(identity));

  const listed = caller !== undefined && rules.some((rule) => rule.who === "service" && allows([rule], caller));
  if (user.kind === "anonymous") {
    if (listed) return caller;
    if (allows(rules, user)) return user;
    throw caller !== undefined && rules.some((rule) => rule.who === "service") ? forbidden() : unauthenticated();
  }
  if (allows(rules, user)) return user;
  if (listed) return caller;
  throw forbidden();
}

const readOnly = ":read";
const safeMethods: ReadonlySet<string | undefined> = new Set(["GET", "HEAD"]);

/** A client with `operator:read` is an operator while it reads, and nobody when it writes. */
function confined(principal: Principal, method: string | undefined): Principal {
  if (principal.kind !== "client" || !principal.roles.some((role) => role.endsWith(readOnly))) return principal;
  const roles = principal.roles.flatMap((role) => {
    if (!role.endsWith(readOnly)) return [role];
    return safeMethods.has(method) ? [role.slice(0, -readOnly.length)] : [];
  });
  return { ...principal, roles };
}

function tokenOf(authorization: string): string {
  const token = bearer.exec(authorization)?.[1];
  if (token === undefined) throw invalid("The header authorization must be `Bearer` and a token.");
  return token;
}

async function prove(verify: Verify, token: string): Promise<Principal> {
  try {
    return await verify(token);
  } catch (error) {
    if (error instanceof ServiceError && error.status === "unauthenticated")
      throw invalid(error.message, { cause: error });
    throw new RequestProblem("identity_unavailable", "Tokens cannot be checked right now. Try again shortly.", {
      cause: error,
    });
  }
}

const challenge = { "www-authenticate": "Bearer" };
const challengeInvalid = { "www-authenticate": 'Bearer error="invalid_token"' };

const unauthenticated = () =>
  new RequestProblem("unauthenticated", "This needs a token: send `Authorization: Bearer …`.", { headers: challenge });
const invalid = (detail: string, options?: ErrorOptions) =>
  new RequestProblem("token_invalid", detail, { ...options, headers: challengeInvalid });
const forbidden = () => new RequestProblem("permission_denied", "You are signed in, but not allowed to do this.");
