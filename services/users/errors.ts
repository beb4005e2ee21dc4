import { defineErrors } from "@souk/kernel";

export const errors = defineErrors("users", {
  EmailTaken: {
    status: "already_exists",
    message: () => "There is an account with this e-mail address; sign in instead.",
  },
  WrongCredentials: { status: "unauthenticated", message: () => "The e-mail address or the password is wrong." },
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
  SessionNotFound: { status: "not_found", message: (d: { sessionId: string }) => `No session ${d.sessionId}.` },
  NotFound: { status: "not_found", message: (d: { userId: string }) => `No user ${d.userId}.` },
});
