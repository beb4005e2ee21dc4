import { defineErrors } from "@souk/kernel";

export const errors = defineErrors("users", {
  WrongCredentials: { status: "unauthenticated", message: () => "The e-mail address or the password is wrong." },
  WrongPassword: { status: "permission_denied", message: () => "The current password is wrong." },
  SecondFactorRequired: {
    status: "unauthenticated",
    message: () => "Send the authenticator's code, or a recovery code, as `code` with address and password.",
  },
  WrongCode: {
    status: "unauthenticated",
    message: () => "The code is wrong, or was used before; wait for the next one.",
  },
  SignInAgain: {
    status: "permission_denied",
    message: (d: { minutes: number }) =>
      `This needs a session that is not older than ${d.minutes} minutes; sign in again first.`,
  },
  SecondFactorThere: {
    status: "already_exists",
    message: () => "A second factor is enrolled already; remove it before enrolling another.",
  },
  SecondFactorAbsent: {
    status: "failed_precondition",
    message: () => "There is no second factor to confirm or to use; begin with POST /v1/users/me/second-factor.",
  },
  RefreshInvalid: {
    status: "unauthenticated",
    message: () => "The refresh token is unknown or has expired; sign in again.",
  },
  RefreshReused: {
    status: "unauthenticated",
    message: () => "The refresh token was used before, so its session was ended for safety; sign in again.",
  },
  WrongClient: { status: "unauthenticated", message: () => "The client id or the client secret is wrong." },
  BadGrant: {
    status: "invalid_argument",
    message: () => "Send grant_type=client_credentials with client_id and client_secret.",
  },
  LetterTokenInvalid: {
    status: "invalid_argument",
    message: () => "The link is not valid: it was used, replaced by a newer one, or is too old. Ask for another.",
  },
  LetterOver: {
    status: "failed_precondition",
    message: (d: { letterId: string }) => `Letter ${d.letterId} is not to be sent: it is for nobody, or too late.`,
  },
  SessionNotFound: { status: "not_found", message: (d: { sessionId: string }) => `No session ${d.sessionId}.` },
  NotFound: { status: "not_found", message: (d: { userId: string }) => `No user ${d.userId}.` },
  AddressNotFound: { status: "not_found", message: (d: { addressId: string }) => `No address ${d.addressId}.` },
  TooManyAddresses: {
    status: "failed_precondition",
    message: (d: { limit: number }) => `There are ${d.limit} addresses already; remove one first.`,
  },
  GroupNotFound: {
    status: "not_found",
    message: (d: { codes: readonly string[] }) => `No customer group ${d.codes.join(", ")}; make it first.`,
  },
  LastAdministrator: {
    status: "failed_precondition",
    message: () => "This is the last administrator; make somebody else one first.",
  },
  PeopleOnly: { status: "permission_denied", message: () => "A person has to do this; a machine's token does not." },
  ScopeNotHeld: {
    status: "permission_denied",
    message: (d: { scopes: readonly string[] }) => `Nobody gives a key more than they have: ${d.scopes.join(", ")}.`,
  },
  ApiKeyNotFound: { status: "not_found", message: (d: { keyId: string }) => `No API key ${d.keyId}.` },
  TooManyApiKeys: {
    status: "failed_precondition",
    message: (d: { limit: number }) => `There are ${d.limit} keys already; revoke one first.`,
  },
  ExpiryPast: { status: "invalid_argument", message: (d: { expiresAt: string }) => `${d.expiresAt} is over already.` },
  ErasureNotFound: { status: "not_found", message: (d: { erasureId: string }) => `No erasure ${d.erasureId}.` },
});
