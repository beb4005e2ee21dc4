import { anyone, Body, Email, Empty, get, post, Text, Type } from "@souk/contract";
import { Code, GivenPassword, LetterToken, Locale, LoginEmail, Password, SignedIn, Tokens } from "./shapes.ts";

const Jwk = Type.Object({
  kty: Type.String(),
  crv: Type.String(),
  x: Type.String(),
  kid: Type.String(),
  alg: Type.String(),
  use: Type.String(),
});
const RefreshToken = Body({ refreshToken: Type.String({ maxLength: 200 }) });
const Html = { returns: Type.String(), produces: "text/html; charset=utf-8" } as const;
const FromLetter = Body({ token: LetterToken });

/** Signing up, in and on, and what comes by mail. */
export const signingIn = {
  register: post("/v1/auth/register", {
    summary: "Open an account",
    description:
      "Answers alike whether or not the address has an account; whoever owns the address is told by mail. Repeated with the same password it signs in.",
    access: anyone,
    body: Body({ email: Email, password: Password, name: Text(120), locale: Type.Optional(Locale) }),
    returns: SignedIn,
    status: 201,
  }),
  login: post("/v1/auth/login", {
    summary: "Sign in",
    description:
      "`code` is needed by whoever has enrolled a second factor: `users.second_factor_required` asks for it.",
    access: anyone,
    body: Body({ email: LoginEmail, password: GivenPassword, code: Type.Optional(Code) }),
    returns: SignedIn,
  }),
  refresh: post("/v1/auth/refresh", {
    summary: "Exchange a refresh token for new tokens",
    description: "Each refresh token works once. One that is used again ends its whole session: somebody else has it.",
    access: anyone,
    body: RefreshToken,
    returns: Type.Object(Tokens),
  }),
  logout: post("/v1/auth/logout", {
    summary: "End the session of a refresh token",
    access: anyone,
    body: RefreshToken,
    returns: Empty,
  }),
  verifyAddress: post("/v1/auth/verify-email", {
    summary: "Prove an e-mail address with the token that was mailed to it",
    access: anyone,
    body: FromLetter,
    returns: Empty,
  }),
  requestPasswordReset: post("/v1/auth/password-reset", {
    summary: "Ask for a mail with which a new password can be set",
    description:
      "Answers alike whether or not the address has an account. At most three mails an hour are sent to one.",
    access: anyone,
    body: Body({ email: Email }),
    returns: Empty,
    status: 202,
  }),
  resetPassword: post("/v1/auth/password-reset/confirm", {
    summary: "Set a new password with the token that was mailed; ends every session",
    access: anyone,
    body: Body({ token: LetterToken, password: Password }),
    returns: Empty,
  }),
  verifyAddressPage: get("/letters/verify-address", {
    summary: "Show a button that proves an address: where the link in a mail leads without a storefront",
    access: anyone,
    query: FromLetter,
    ...Html,
  }),
  verifyAddressForm: post("/letters/verify-address", {
    summary: "Prove an address by that button",
    access: anyone,
    upload: ["application/x-www-form-urlencoded"],
    bodyLimit: 4_096,
    ...Html,
  }),
  forgottenPasswordPage: get("/letters/forgotten-password", {
    summary: "Ask for the address to mail to: where links in mails lead that say to set a new password",
    access: anyone,
    ...Html,
  }),
  forgottenPasswordForm: post("/letters/forgotten-password", {
    summary: "Have the mail sent by that form",
    access: anyone,
    upload: ["application/x-www-form-urlencoded"],
    bodyLimit: 4_096,
    ...Html,
  }),
  resetPasswordPage: get("/letters/reset-password", {
    summary: "Ask for the new password: where the link in a mail leads without a storefront",
    access: anyone,
    query: FromLetter,
    ...Html,
  }),
  resetPasswordForm: post("/letters/reset-password", {
    summary: "Set a new password by that form",
    access: anyone,
    upload: ["application/x-www-form-urlencoded"],
    bodyLimit: 4_096,
    ...Html,
  }),
  token: post("/oauth/token", {
    summary: "Get a machine token (OAuth 2.0 client credentials)",
    description:
      "`grant_type=client_credentials` with `client_id` and `client_secret` in the body, or HTTP Basic authentication. An API key is the secret of the client that it begins with.",
    access: anyone,
    headers: Body({ authorization: Type.Optional(Type.String({ maxLength: 1_000 })) }, { additionalProperties: true }),
    upload: ["application/x-www-form-urlencoded", "application/json"],
    bodyLimit: 4_096,
    returns: Type.Object({
      access_token: Type.String(),
      token_type: Type.Literal("Bearer"),
      expires_in: Type.Integer(),
      scope: Type.String(),
    }),
  }),
  discovery: get("/.well-known/openid-configuration", {
    summary: "Say where things are",
    access: anyone,
    returns: Type.Object({
      issuer: Type.String(),
      jwks_uri: Type.String(),
      token_endpoint: Type.String(),
      grant_types_supported: Type.Array(Type.String()),
      token_endpoint_auth_methods_supported: Type.Array(Type.String()),
      id_token_signing_alg_values_supported: Type.Array(Type.String()),
      response_types_supported: Type.Array(Type.String()),
      subject_types_supported: Type.Array(Type.String()),
    }),
  }),
  jwks: get("/.well-known/jwks.json", {
    summary: "Publish the keys that verify tokens",
    access: anyone,
    criticality: "critical",
    returns: Type.Object({ keys: Type.Array(Jwk) }),
  }),
};
