import {
  anyone,
  Body,
  defineContract,
  del,
  Email,
  Empty,
  event,
  get,
  Id,
  OneOf,
  patch,
  post,
  put,
  role,
  service,
  signedIn,
  Text,
  Timestamp,
  Type,
} from "@souk/contract";

export { errors } from "./errors.ts";

export const Role = OneOf("customer", "support", "merchandiser", "operator", "admin");
const User = Type.Object({
  id: Id,
  email: Type.String(),
  name: Type.String(),
  roles: Type.Array(Role),
  createdAt: Timestamp,
});
const Tokens = {
  accessToken: Type.String(),
  refreshToken: Type.String(),
  expiresIn: Type.Integer({ description: "seconds until the access token expires" }),
};
const SignedIn = Type.Object({ user: User, ...Tokens });
const Password = Type.String({ minLength: 8, maxLength: 256 });
const Session = Type.Object({ id: Id, current: Type.Boolean(), createdAt: Timestamp, lastUsedAt: Timestamp });
const Jwk = Type.Object({
  kty: Type.String(),
  crv: Type.String(),
  x: Type.String(),
  kid: Type.String(),
  alg: Type.String(),
  use: Type.String(),
});

export const users = defineContract({
  name: "users",
  endpoints: {
    register: post("/v1/auth/register", {
      summary: "Open an account",
      access: anyone,
      body: Body({ email: Email, password: Password, name: Text(120) }),
      returns: SignedIn,
      status: 201,
    }),
    login: post("/v1/auth/login", {
      summary: "Sign in",
      access: anyone,
      body: Body({ email: Type.String({ maxLength: 254 }), password: Type.String({ maxLength: 256 }) }),
      returns: SignedIn,
    }),
    refresh: post("/v1/auth/refresh", {
      summary: "Exchange a refresh token for new tokens",
      description:
        "Each refresh token works once. One that is used again ends its whole session: somebody else has it.",
      access: anyone,
      body: Body({ refreshToken: Type.String({ maxLength: 200 }) }),
      returns: Type.Object(Tokens),
    }),
    logout: post("/v1/auth/logout", {
      summary: "End the session of a refresh token",
      access: anyone,
      body: Body({ refreshToken: Type.String({ maxLength: 200 }) }),
      returns: Empty,
    }),
    token: post("/oauth/token", {
      summary: "Get a machine token (OAuth 2.0 client credentials)",
      description:
        "`grant_type=client_credentials` with `client_id` and `client_secret` in the body, or HTTP Basic authentication.",
      access: anyone,
      headers: Body(
        { authorization: Type.Optional(Type.String({ maxLength: 1_000 })) },
        { additionalProperties: true },
      ),
      upload: ["application/x-www-form-urlencoded", "application/json"],
      bodyLimit: 4_096,
      timeoutMs: 5_000,
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
    me: get("/v1/users/me", { summary: "Show one's own profile", access: signedIn, returns: User }),
    updateMe: patch("/v1/users/me", {
      summary: "Change one's own profile",
      access: signedIn,
      body: Body({ name: Type.Optional(Text(120)) }),
      returns: User,
    }),
    sessions: get("/v1/users/me/sessions", {
      summary: "List where one is signed in",
      access: signedIn,
      returns: Type.Object({ data: Type.Array(Session) }),
    }),
    revokeSession: del("/v1/users/me/sessions/:sessionId", {
      summary: "Sign out somewhere",
      access: signedIn,
      params: Body({ sessionId: Id }),
      returns: Empty,
    }),
    setRoles: put("/v1/users/:userId/roles", {
      summary: "Say what somebody may do",
      access: role("admin"),
      params: Body({ userId: Id }),
      body: Body({ roles: Type.Array(Role, { minItems: 1, maxItems: 5 }) }),
      returns: User,
    }),
    revocations: get("/internal/revocations", {
      summary: "List sessions revoked while tokens of theirs may still live",
      access: service("gateway"),
      criticality: "critical",
      returns: Type.Object({ sessionIds: Type.Array(Id) }),
    }),
  },
  events: {
    registered: event(
      "users.registered.v1",
      "Somebody opened an account.",
      Type.Object({ userId: Id, email: Type.String(), name: Type.String() }),
    ),
    rolesChanged: event(
      "users.roles_changed.v1",
      "What somebody may do has changed.",
      Type.Object({ userId: Id, roles: Type.Array(Type.String()) }),
    ),
  },
});
