import {
  Body,
  del,
  Email,
  Empty,
  get,
  Id,
  Page,
  Paging,
  patch,
  post,
  put,
  signedIn,
  Text,
  Timestamp,
  Type,
} from "@souk/contract";
import {
  Address,
  addressFields,
  Code,
  defaults,
  ErasureState,
  GivenPassword,
  Locale,
  Password,
  Session,
  User,
} from "./shapes.ts";

const SessionId = Body({ sessionId: Id });
const AddressId = Body({ addressId: Id });
const { name, line1, city, postalCode, country, ...others } = addressFields;
const Changes = Body({
  name: Type.Optional(name),
  line1: Type.Optional(line1),
  city: Type.Optional(city),
  postalCode: Type.Optional(postalCode),
  country: Type.Optional(country),
  ...others,
  ...defaults,
});
const RecoveryCodes = Type.Object({
  recoveryCodes: Type.Array(Type.String(), { description: "shown this once; each signs in once instead of a code" }),
});
const fresh = "Needs a session that is not older than 15 minutes: `users.sign_in_again` asks to sign in anew.";

/** What people do with their own account. */
export const ownAccount = {
  me: get("/v1/users/me", { summary: "Show one's own profile", access: signedIn, returns: User }),
  updateMe: patch("/v1/users/me", {
    summary: "Change one's own profile",
    access: signedIn,
    body: Body({ name: Type.Optional(Text(120)), locale: Type.Optional(Locale) }),
    returns: User,
  }),
  changePassword: put("/v1/users/me/password", {
    summary: "Set another password; ends every other session",
    access: signedIn,
    body: Body({ currentPassword: GivenPassword, newPassword: Password }),
    returns: Empty,
  }),
  changeAddress: post("/v1/users/me/email", {
    summary: "Ask for another e-mail address; it counts when the token mailed to it comes back",
    access: signedIn,
    body: Body({ email: Email, password: GivenPassword }),
    returns: Empty,
    status: 202,
  }),
  sendVerification: post("/v1/users/me/verify-email", {
    summary: "Have the mail that proves one's address sent again",
    access: signedIn,
    returns: Empty,
    status: 202,
  }),

  sessions: get("/v1/users/me/sessions", {
    summary: "List where one is signed in",
    access: signedIn,
    returns: Type.Object({ data: Type.Array(Session) }),
  }),
  revokeSession: del("/v1/users/me/sessions/:sessionId", {
    summary: "Sign out somewhere",
    access: signedIn,
    params: SessionId,
    returns: Empty,
  }),
  revokeOtherSessions: del("/v1/users/me/sessions", {
    summary: "Sign out everywhere else",
    access: signedIn,
    returns: Type.Object({ ended: Type.Integer() }),
  }),

  addresses: get("/v1/users/me/addresses", {
    summary: "List one's addresses",
    access: signedIn,
    query: Body(Paging),
    returns: Page(Address),
  }),
  addAddress: post("/v1/users/me/addresses", {
    summary: "Add an address; the first is the default for both uses",
    access: signedIn,
    body: Body({ ...addressFields, ...defaults }),
    returns: Address,
    status: 201,
  }),
  address: get("/v1/users/me/addresses/:addressId", {
    summary: "Show one of one's addresses",
    access: signedIn,
    params: AddressId,
    returns: Address,
  }),
  updateAddress: patch("/v1/users/me/addresses/:addressId", {
    summary: "Change an address, or make it the default",
    access: signedIn,
    params: AddressId,
    body: Changes,
    returns: Address,
  }),
  removeAddress: del("/v1/users/me/addresses/:addressId", {
    summary: "Remove an address",
    access: signedIn,
    params: AddressId,
    returns: Empty,
  }),

  enrolSecondFactor: post("/v1/users/me/second-factor", {
    summary: "Begin to enrol an authenticator (TOTP, RFC 6238)",
    description: `The secret counts once a code of it was confirmed. ${fresh}`,
    access: signedIn,
    returns: Type.Object({ secret: Type.String(), uri: Type.String({ description: "for a QR code" }) }),
    status: 201,
  }),
  confirmSecondFactor: post("/v1/users/me/second-factor/confirm", {
    summary: "Confirm the authenticator with a code of it",
    access: signedIn,
    body: Body({ code: Code }),
    returns: RecoveryCodes,
  }),
  renewRecoveryCodes: post("/v1/users/me/second-factor/recovery-codes", {
    summary: "Replace the recovery codes",
    access: signedIn,
    body: Body({ code: Code }),
    returns: RecoveryCodes,
  }),
  removeSecondFactor: del("/v1/users/me/second-factor", {
    summary: "Do without the second factor",
    description: fresh,
    access: signedIn,
    returns: Empty,
  }),

  export: get("/v1/users/me/export", {
    summary: "Get all that the shop keeps about oneself, from every service",
    description:
      "Answers 202 and what is still missing while services are being asked; ask again. What was collected is kept for an hour.",
    access: signedIn,
    timeoutMs: 10_000,
    returns: Type.Object({
      exportId: Id,
      userId: Id,
      requestedAt: Timestamp,
      services: Type.Record(Type.String(), Type.Unknown()),
      missing: Type.Array(Type.String()),
    }),
    also: {
      202: Type.Object({ exportId: Id, requestedAt: Timestamp, missing: Type.Array(Type.String()) }),
    },
  }),
  eraseMe: del("/v1/users/me", {
    summary: "Erase oneself, in every service",
    description: `At once and for good; \`receipt\` shows how far it is at \`GET /v1/erasures/{id}\`. ${fresh}`,
    access: signedIn,
    returns: Type.Object({ ...ErasureState.properties, receipt: Type.String() }),
    status: 202,
  }),
};
