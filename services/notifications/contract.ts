import { Body, defineContract, get, Id, OneOf, Page, Paging, role, Timestamp, Type } from "@souk/contract";

export { errors } from "./errors.ts";

const Delivery = Type.Object({
  id: Id,
  template: Type.String(),
  recipient: Type.String(),
  status: OneOf("pending", "sent", "failed"),
  attempts: Type.Integer(),
  createdAt: Timestamp,
  sentAt: Type.Union([Timestamp, Type.Null()]),
});
const Mail = Type.Object({
  id: Id,
  to: Type.String(),
  subject: Type.String(),
  text: Type.String(),
  messageId: Type.String(),
  receivedAt: Timestamp,
});

export const notifications = defineContract({
  name: "notifications",
  endpoints: {
    deliveries: get("/v1/notifications", {
      summary: "List messages, newest first, and what became of them",
      access: role("support", "operator", "admin"),
      query: Body({ ...Paging, recipient: Type.Optional(Type.String({ maxLength: 254 })) }),
      returns: Page(Delivery),
    }),
    sink: get("/v1/notifications/sink", {
      summary: "Read the mail that the built-in SMTP server keeps when no other is configured",
      access: role("support", "operator", "admin"),
      query: Body({ ...Paging, to: Type.Optional(Type.String({ maxLength: 254 })) }),
      returns: Page(Mail),
    }),
  },
  events: {},
});
