import { defineContract, event, Id, OneOf, Type } from "@souk/contract";
import { ErasureRequest, ExportRequest } from "@souk/contract/personal-data";
import { administration } from "./contract/administration.ts";
import { ownAccount } from "./contract/own-account.ts";
import { GroupCode, Locale, Role } from "./contract/shapes.ts";
import { signingIn } from "./contract/signing-in.ts";

export { Locale, Role } from "./contract/shapes.ts";
export { errors } from "./errors.ts";

/** What the shop writes to people about their account. */
export const LetterKind = OneOf(
  "welcome",
  "verify-address",
  "address-taken",
  "address-changed",
  "reset-password",
  "password-changed",
  "second-factor-changed",
  "api-key-made",
);

/** No event says who somebody is: an address in a log could never be erased. */
export const users = defineContract({
  name: "users",
  endpoints: { ...signingIn, ...ownAccount, ...administration },
  events: {
    registered: event(
      "users.registered.v2",
      "Somebody opened an account.",
      Type.Object({ userId: Id, locale: Locale }),
    ),
    profileChanged: event(
      "users.profile_changed.v1",
      "What others may know of somebody has changed.",
      Type.Object({ userId: Id, locale: Locale, emailVerified: Type.Boolean(), groups: Type.Array(GroupCode) }),
    ),
    rolesChanged: event(
      "users.roles_changed.v1",
      "What somebody may do has changed.",
      Type.Object({ userId: Id, roles: Type.Array(Role) }),
    ),
    letterDue: event(
      "users.letter_due.v1",
      "Somebody is to be written to; who, and with what token, is asked when the letter is sent.",
      Type.Object({ letterId: Id, kind: LetterKind }),
    ),
    erasureRequested: event(
      "users.erasure_requested.v1",
      "Somebody is to be erased everywhere; every service that keeps something about people answers.",
      ErasureRequest,
    ),
    exportRequested: event(
      "users.export_requested.v1",
      "Somebody wants all that is kept about them; every service that keeps something answers.",
      ExportRequest,
    ),
  },
});
