import { Country, Id, OneOf, Text, Timestamp, Type } from "@souk/contract";

export const Role = OneOf("customer", "support", "merchandiser", "operator", "admin");
/** What an API key may do: a role, or a role while it reads. Nobody's key administers. */
export const Scope = OneOf("support", "support:read", "merchandiser", "merchandiser:read", "operator", "operator:read");
/** The languages that the shop writes to people in. */
export const Locale = OneOf("en", "de");
export const GroupCode = Type.String({
  pattern: "^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$",
  description: "a customer group: lower-case letters, digits, hyphens",
});

export const User = Type.Object({
  id: Id,
  email: Type.String(),
  emailVerified: Type.Boolean(),
  name: Type.String(),
  locale: Locale,
  roles: Type.Array(Role),
  groups: Type.Array(GroupCode),
  secondFactor: Type.Boolean({ description: "whether signing in needs a code as well" }),
  createdAt: Timestamp,
});

export const Tokens = {
  accessToken: Type.String(),
  refreshToken: Type.String(),
  expiresIn: Type.Integer({ description: "seconds until the access token expires" }),
};
export const SignedIn = Type.Object({
  user: User,
  ...Tokens,
  enrolSecondFactor: Type.Optional(
    Type.Boolean({ description: "staff's roles do not count before a second factor is enrolled" }),
  ),
});

export const LoginEmail = Type.String({ minLength: 1, maxLength: 254 });
export const Password = Type.String({ minLength: 8, maxLength: 256 });
/** One that is only compared. */
export const GivenPassword = Type.String({ maxLength: 256 });
export const Code = Type.String({
  pattern: "^[0-9A-Za-z -]{6,20}$",
  description: "six digits of the authenticator, or a recovery code",
});
export const LetterToken = Type.String({ minLength: 20, maxLength: 200 });

export const Session = Type.Object({
  id: Id,
  current: Type.Boolean(),
  createdAt: Timestamp,
  lastUsedAt: Timestamp,
  address: Type.String({ description: "the network address that last used it" }),
  agent: Type.String({ description: "what the program there calls itself" }),
  secondFactor: Type.Boolean(),
});

export const addressFields = {
  name: Text(120),
  line1: Text(200),
  line2: Type.Optional(Text(200)),
  city: Text(120),
  region: Type.Optional(Text(120)),
  postalCode: Text(20),
  country: Country,
  phone: Type.Optional(Text(40)),
  label: Type.Optional(Text(60)),
};
export const defaults = {
  defaultShipping: Type.Optional(Type.Boolean()),
  defaultBilling: Type.Optional(Type.Boolean()),
};
export const Address = Type.Object({
  id: Id,
  ...addressFields,
  defaultShipping: Type.Boolean(),
  defaultBilling: Type.Boolean(),
});

export const ApiKey = Type.Object({
  id: Type.String({ description: "the client id; a key begins with it, so that one that leaked is found" }),
  name: Type.String(),
  scopes: Type.Array(Scope),
  ownerId: Id,
  createdAt: Timestamp,
  expiresAt: Type.Union([Timestamp, Type.Null()]),
  lastUsedAt: Type.Union([Timestamp, Type.Null()], { description: "to the minute" }),
  previousUntil: Type.Union([Timestamp, Type.Null()], {
    description: "how long the key before the last rotation works",
  }),
});
export const NewApiKey = Type.Object({
  ...ApiKey.properties,
  key: Type.String({ description: "shown this once; only a digest of it is kept" }),
});

export const Group = Type.Object({ code: GroupCode, name: Type.String() });

export const AuditEntry = Type.Object({
  id: Id,
  at: Timestamp,
  actorId: Type.String(),
  action: Type.String(),
  subjectId: Type.String(),
  detail: Type.Unknown(),
});

export const ErasureState = Type.Object({
  id: Id,
  userId: Id,
  state: OneOf("pending", "done"),
  requestedAt: Timestamp,
  completedAt: Type.Union([Timestamp, Type.Null()]),
  services: Type.Array(
    Type.Object({
      service: Type.String(),
      state: OneOf("pending", "waiting", "done"),
      erased: Type.Record(Type.String(), Type.Integer()),
      waitingFor: Type.Optional(Type.String()),
      at: Type.Union([Timestamp, Type.Null()]),
    }),
  ),
});
