import {
  anyone,
  Body,
  del,
  Empty,
  get,
  Id,
  OneOf,
  Page,
  Paging,
  post,
  put,
  role,
  service,
  Text,
  Timestamp,
  Type,
} from "@souk/contract";
import {
  ApiKey,
  AuditEntry,
  ErasureState,
  Group,
  GroupCode,
  Locale,
  LoginEmail,
  NewApiKey,
  Role,
  Scope,
  User,
} from "./shapes.ts";

const UserId = Body({ userId: Id });
const KeyId = Body({ keyId: Type.String({ pattern: "^souk_[0-9a-f]{16}$" }) });
const staff = role("support", "merchandiser", "operator", "admin");

/** What staff do with other people's accounts, what machines sign in with, and what other services ask. */
export const administration = {
  list: get("/v1/users", {
    summary: "Find people by their address, role or group",
    access: role("support", "admin"),
    query: Body({
      ...Paging,
      email: Type.Optional(LoginEmail),
      role: Type.Optional(Role),
      group: Type.Optional(GroupCode),
    }),
    returns: Page(User),
  }),
  byId: get("/v1/users/:userId", {
    summary: "Show somebody's profile",
    access: role("support", "admin"),
    params: UserId,
    returns: User,
  }),
  setRoles: put("/v1/users/:userId/roles", {
    summary: "Say what somebody may do",
    description: "Taking a role away ends their sessions. The last administrator stays one.",
    access: role("admin"),
    params: UserId,
    body: Body({ roles: Type.Array(Role, { minItems: 1, maxItems: 5 }) }),
    returns: User,
  }),
  setGroups: put("/v1/users/:userId/groups", {
    summary: "Say which customer groups somebody belongs to",
    access: role("support", "admin"),
    params: UserId,
    body: Body({ groups: Type.Array(GroupCode, { maxItems: 20 }) }),
    returns: User,
  }),
  resetSecondFactor: del("/v1/users/:userId/second-factor", {
    summary: "Take the second factor from somebody who has lost it; ends their sessions",
    access: role("admin"),
    params: UserId,
    returns: Empty,
  }),
  erase: del("/v1/users/:userId", {
    summary: "Erase somebody who asked for it in another way",
    access: role("admin"),
    params: UserId,
    returns: ErasureState,
    status: 202,
  }),
  erasures: get("/v1/erasures", {
    summary: "List erasures, newest first, and which services have yet to answer",
    access: role("admin"),
    query: Body({ ...Paging, state: Type.Optional(OneOf("pending", "done")) }),
    returns: Page(ErasureState),
  }),
  erasure: get("/v1/erasures/:erasureId", {
    summary: "Show how far an erasure is, to whoever has its receipt",
    access: anyone,
    params: Body({ erasureId: Id }),
    headers: Body(
      { "x-erasure-receipt": Type.Optional(Type.String({ maxLength: 100 })) },
      { additionalProperties: true },
    ),
    returns: ErasureState,
  }),
  audit: get("/v1/audit", {
    summary: "List who changed what about whom, newest first",
    access: role("admin"),
    query: Body({ ...Paging, actorId: Type.Optional(Type.String({ maxLength: 64 })), subjectId: Type.Optional(Id) }),
    returns: Page(AuditEntry),
  }),

  groups: get("/v1/customer-groups", {
    summary: "List the customer groups",
    access: role("support", "merchandiser", "admin"),
    query: Body(Paging),
    returns: Page(Group),
  }),
  putGroup: put("/v1/customer-groups/:code", {
    summary: "Make or rename a customer group",
    access: role("merchandiser", "admin"),
    params: Body({ code: GroupCode }),
    body: Body({ name: Text(80) }),
    returns: Group,
  }),
  removeGroup: del("/v1/customer-groups/:code", {
    summary: "Remove a customer group and everybody from it",
    access: role("merchandiser", "admin"),
    params: Body({ code: GroupCode }),
    returns: Empty,
  }),

  apiKeys: get("/v1/api-keys", {
    summary: "List one's own API keys; an administrator sees everybody's",
    access: staff,
    query: Body(Paging),
    returns: Page(ApiKey),
  }),
  createApiKey: post("/v1/api-keys", {
    summary: "Make an API key that can do what its scopes say, and never more than its owner",
    description:
      "Exchange it for a token at `POST /oauth/token`: its `id` is the client id, the whole key the secret. A scope that ends in `:read` counts for reading only. Needs a session that is not older than 15 minutes.",
    access: staff,
    body: Body({
      name: Text(80),
      scopes: Type.Array(Scope, { minItems: 1, maxItems: 6 }),
      expiresAt: Type.Optional(Timestamp),
    }),
    returns: NewApiKey,
    status: 201,
  }),
  rotateApiKey: post("/v1/api-keys/:keyId/rotate", {
    summary: "Replace an API key; the one before works for a while longer",
    access: staff,
    params: KeyId,
    body: Body({ graceHours: Type.Optional(Type.Integer({ minimum: 0, maximum: 168, default: 24 })) }),
    returns: NewApiKey,
  }),
  revokeApiKey: del("/v1/api-keys/:keyId", {
    summary: "Revoke an API key, the one before it too",
    description: "Tokens that were made with it are refused within about a second.",
    access: staff,
    params: KeyId,
    returns: Empty,
  }),

  missingGroups: post("/internal/customer-groups/missing", {
    summary: "Say which of these customer groups there are not; asked when a promotion or an exemption names them",
    access: service("products"),
    idempotency: "natural",
    body: Body({ codes: Type.Array(GroupCode, { minItems: 1, maxItems: 50 }) }),
    returns: Type.Object({ missing: Type.Array(GroupCode) }),
  }),
  revocations: get("/internal/revocations", {
    summary: "List sessions and API keys revoked while tokens of theirs may still live",
    access: service("gateway"),
    criticality: "critical",
    returns: Type.Object({ sessionIds: Type.Array(Id), keyIds: Type.Array(Type.String()) }),
  }),
  contact: get("/internal/users/:userId/contact", {
    summary:
      "Say how somebody is written to, whose address is proved; asked when they are, so that nobody has to keep it",
    access: service("notifications"),
    params: Body({ userId: Id }),
    returns: Type.Object({ email: Type.String(), name: Type.String(), locale: Locale }),
  }),
  openLetter: post("/internal/letters/:letterId/open", {
    summary: "Say who a letter is for and what is in it; asked when it is sent, so that nobody has to keep it",
    access: service("notifications"),
    idempotency: "natural",
    params: Body({ letterId: Id }),
    returns: Type.Object({
      userId: Id,
      email: Type.String(),
      name: Type.String(),
      locale: Locale,
      token: Type.Optional(Type.String()),
      expiresAt: Type.Optional(Timestamp),
    }),
  }),
};
