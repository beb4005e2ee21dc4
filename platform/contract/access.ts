/**
 * Who may call an endpoint. A list means any of them. There is no default: an endpoint without a rule does not compile.
 * `holder`: whoever has the thing's unguessable id and its token, or owns it; the route checks, and answers
 * "not yours" with the same 404 as "not there".
 */
export type Access =
  | { readonly who: "anyone" }
  | { readonly who: "signed-in" }
  | { readonly who: "holder" }
  | { readonly who: "role"; readonly roles: readonly string[] }
  | { readonly who: "service"; readonly names: readonly string[] };

export const anyone: Access = { who: "anyone" };
export const signedIn: Access = { who: "signed-in" };
export const holder: Access = { who: "holder" };
/** A person or client whose token carries one of `roles`. */
export const role = (...roles: readonly [string, ...string[]]): Access => ({ who: "role", roles });
/** Another Souk service, proved by its identity token. Such an endpoint is never routed by the gateway. */
export const service = (...names: readonly [string, ...string[]]): Access => ({ who: "service", names });

/** Who is calling, as proved by the request's tokens; `anonymous` when it carried none. */
export type Principal =
  | { readonly kind: "anonymous" }
  | { readonly kind: "user"; readonly id: string; readonly roles: readonly string[]; readonly sessionId: string }
  | { readonly kind: "client"; readonly id: string; readonly roles: readonly string[] }
  | { readonly kind: "service"; readonly id: string };

export const hasRole = (principal: Principal, ...roles: string[]): boolean =>
  (principal.kind === "user" || principal.kind === "client") && principal.roles.some((r) => roles.includes(r));

/** The rule itself, shared by the server, the generated access matrix and the documentation. */
export const allows = (rules: readonly Access[], principal: Principal): boolean =>
  rules.some((rule) => admits(rule, principal));

function admits(rule: Access, principal: Principal): boolean {
  switch (rule.who) {
    case "anyone":
    case "holder":
      return true;
    case "signed-in":
      return principal.kind === "user";
    case "role":
      return hasRole(principal, ...rule.roles);
    case "service":
      return principal.kind === "service" && rule.names.includes(principal.id);
  }
}
