import type { Principal } from "@souk/contract";
import { errors } from "../errors.ts";

/** The access rule let nobody else in. @throws errors.PeopleOnly for a machine with a role that may */
export function person(principal: Principal) {
  if (principal.kind === "client") throw errors.PeopleOnly();
  if (principal.kind !== "user") throw new Error(`a ${principal.kind} reached a route for signed-in users`);
  return principal;
}

/** Who does something as staff, which may be a machine. */
export const actorId = (principal: Principal): string =>
  principal.kind === "anonymous" ? "" : principal.kind === "user" ? principal.id : `${principal.kind}:${principal.id}`;

export const isAdministrator = (principal: Principal): boolean =>
  (principal.kind === "user" || principal.kind === "client") && principal.roles.includes("admin");
