import {
  anyone,
  Body,
  defineContract,
  del,
  Empty,
  get,
  Id,
  OneOf,
  Page,
  Paging,
  patch,
  post,
  put,
  role,
  signedIn,
  Text,
  Timestamp,
  Type,
} from "@souk/contract";
import { personalDataEvents } from "@souk/contract/personal-data";

export { errors } from "./errors.ts";

const Channel = OneOf("email", "sms");
const Locale = OneOf("en", "de");
export const TemplateName = OneOf(
  "welcome",
  "verify-address",
  "address-taken",
  "address-changed",
  "reset-password",
  "password-changed",
  "second-factor-changed",
  "api-key-made",
  "order-confirmed",
  "pickup-ready",
  "order-rejected",
  "order-shipped",
  "parcel-lost",
  "order-cancelled",
  "rest-cancelled",
  "payment-refunded",
  "return-requested",
  "return-label",
  "return-rejected",
  "return-received",
  "abandoned-cart",
  "low-stock",
  "webhook-disabled",
);

const Delivery = Type.Object({
  id: Id,
  template: Type.String(),
  channel: Channel,
  recipient: Type.String({ description: "empty once the person was erased, and for a letter that was not sent yet" }),
  status: OneOf("pending", "sent", "failed", "suppressed"),
  attempts: Type.Integer(),
  createdAt: Timestamp,
  sentAt: Type.Union([Timestamp, Type.Null()]),
});
const mail = {
  id: Id,
  channel: Channel,
  to: Type.String(),
  subject: Type.String(),
  text: Type.String(),
  messageId: Type.String(),
  receivedAt: Timestamp,
};
const Preview = Type.Object({ subject: Type.String(), text: Type.String(), html: Type.String(), sms: Type.String() });
const Facts = Type.Record(Type.String({ maxLength: 60 }), Type.Unknown(), {
  maxProperties: 40,
  description: "instead of the sample's, those that are to be different",
});

export const WebhookEventType = OneOf(
  "orders.placed.v1",
  "orders.confirmed.v1",
  "orders.rejected.v1",
  "orders.cancelled.v1",
  "orders.rest_cancelled.v1",
  "orders.completed.v1",
  "orders.return_requested.v1",
  "orders.return_approved.v1",
  "orders.return_rejected.v1",
  "orders.return_received.v1",
  "shipping.dispatched.v1",
  "shipping.delivered.v1",
  "shipping.lost.v1",
  "payments.refunded.v1",
  "inventory.low.v1",
);
const Url = Type.String({ minLength: 8, maxLength: 2_000 });
const Types = Type.Array(WebhookEventType, { minItems: 1, maxItems: 20 });
const Instant = Type.Union([Timestamp, Type.Null()]);
const Endpoint = Type.Object({
  id: Id,
  url: Type.String(),
  description: Type.String(),
  types: Type.Array(Type.String()),
  status: OneOf("active", "disabled"),
  disabledWhy: Type.Union([Type.String(), Type.Null()]),
  failingSince: Instant,
  previousUntil: Type.Union([Timestamp, Type.Null()], { description: "how long the secret before signs as well" }),
  createdAt: Timestamp,
});
const NewEndpoint = Type.Object({
  ...Endpoint.properties,
  secret: Type.String({ description: "shown this once: what the signatures are checked with" }),
});
const webhookDelivery = {
  id: Id,
  eventId: Id,
  type: Type.String(),
  status: OneOf("pending", "delivered", "failed"),
  tries: Type.Integer(),
  createdAt: Timestamp,
  endedAt: Instant,
  nextTryAt: Instant,
};
const WebhookAttempt = Type.Object({
  at: Timestamp,
  status: Type.Union([Type.Integer(), Type.Null()]),
  error: Type.Union([Type.String(), Type.Null()]),
  durationMs: Type.Integer(),
});

const staff = role("support", "operator", "admin");
const merchants = role("operator", "merchandiser", "admin");
const EndpointId = Body({ endpointId: Id });
const DeliveryId = Body({ deliveryId: Id });
const Html = { returns: Type.String(), produces: "text/html; charset=utf-8" } as const;
const Preferences = {
  reminders: Type.Boolean({ description: "may be reminded of a cart with something in it" }),
  phone: Type.Union(
    [Type.String({ pattern: "^\\+[1-9][0-9]{6,14}$", maxLength: 16, description: "E.164" }), Type.Null()],
    {
      description: "where to send text messages about parcels; null: nowhere",
    },
  ),
};
const UnsubscribeToken = Body({ token: Type.String({ minLength: 10, maxLength: 300, pattern: "^[A-Za-z0-9_.-]+$" }) });

export const notifications = defineContract({
  name: "notifications",
  endpoints: {
    deliveries: get("/v1/notifications", {
      summary: "List messages, newest first, and what became of them",
      access: staff,
      query: Body({ ...Paging, recipient: Type.Optional(Type.String({ maxLength: 254 })) }),
      returns: Page(Delivery),
    }),
    sink: get("/v1/notifications/sink", {
      summary: "Read the mail that the built-in SMTP server keeps when no other is configured",
      access: staff,
      query: Body({ ...Paging, to: Type.Optional(Type.String({ maxLength: 254 })) }),
      returns: Page(Type.Object(mail)),
    }),
    sinkMail: get("/v1/notifications/sink/:mailId", {
      summary: "Read one mail whole",
      access: staff,
      params: Body({ mailId: Id }),
      returns: Type.Object({ ...mail, html: Type.String() }),
    }),

    templates: get("/v1/notifications/templates", {
      summary: "List the templates, and what each has to be told",
      access: staff,
      returns: Type.Object({
        data: Type.Array(
          Type.Object({
            name: TemplateName,
            category: Type.Union([Type.String(), Type.Null()]),
            locales: Type.Array(Locale),
            sample: Type.Unknown(),
          }),
        ),
      }),
    }),
    preview: post("/v1/notifications/templates/:template/preview", {
      summary: "Show a message as it would be sent",
      access: staff,
      params: Body({ template: TemplateName }),
      body: Body({ locale: Type.Optional(Locale), facts: Type.Optional(Facts) }),
      returns: Preview,
    }),
    previewPage: get("/v1/notifications/preview", {
      summary: "Look at every message, in every language, as mail programs show it",
      access: anyone,
      developmentOnly: true,
      ...Html,
    }),
    previewMail: get("/v1/notifications/preview/:template", {
      summary: "Look at one message",
      access: anyone,
      developmentOnly: true,
      params: Body({ template: TemplateName }),
      query: Body({ locale: Type.Optional(Locale) }),
      ...Html,
    }),

    preferences: get("/v1/notifications/preferences", {
      summary: "Show what one wants to be told beside what has to be",
      access: signedIn,
      returns: Type.Object(Preferences),
    }),
    setPreferences: put("/v1/notifications/preferences", {
      summary: "Say what one wants to be told",
      access: signedIn,
      body: Body(Preferences),
      returns: Type.Object(Preferences),
    }),
    unsubscribePage: get("/v1/unsubscribe/:token", {
      summary: "Ask whether to stop: where the link in a mail leads",
      access: anyone,
      params: UnsubscribeToken,
      ...Html,
    }),
    unsubscribe: post("/v1/unsubscribe/:token", {
      summary: "Stop messages of a kind, at once (RFC 8058)",
      access: anyone,
      params: UnsubscribeToken,
      upload: ["application/x-www-form-urlencoded", "multipart/form-data"],
      bodyLimit: 4_096,
      ...Html,
    }),

    webhooks: get("/v1/webhook-endpoints", {
      summary: "List where merchants want to be told",
      access: merchants,
      query: Body(Paging),
      returns: Page(Endpoint),
    }),
    createWebhook: post("/v1/webhook-endpoints", {
      summary: "Have events sent to an address",
      description:
        "Signed as Standard Webhooks describes (`webhook-id`, `webhook-timestamp`, `webhook-signature`); anything but 2xx is tried again for two days. The address must be public and https outside development.",
      access: merchants,
      body: Body({ url: Url, types: Types, description: Type.Optional(Text(200)) }),
      returns: NewEndpoint,
      status: 201,
    }),
    webhook: get("/v1/webhook-endpoints/:endpointId", {
      summary: "Show an endpoint",
      access: merchants,
      params: EndpointId,
      returns: Endpoint,
    }),
    changeWebhook: patch("/v1/webhook-endpoints/:endpointId", {
      summary: "Change an endpoint, or enable it again",
      access: merchants,
      params: EndpointId,
      body: Body({
        url: Type.Optional(Url),
        types: Type.Optional(Types),
        description: Type.Optional(Text(200)),
        status: Type.Optional(Type.Literal("active")),
      }),
      returns: Endpoint,
    }),
    rotateWebhookSecret: post("/v1/webhook-endpoints/:endpointId/rotate-secret", {
      summary: "Replace the secret; the one before signs as well for a while",
      access: merchants,
      params: EndpointId,
      body: Body({ graceHours: Type.Optional(Type.Integer({ minimum: 0, maximum: 168, default: 24 })) }),
      returns: NewEndpoint,
    }),
    removeWebhook: del("/v1/webhook-endpoints/:endpointId", {
      summary: "Send nothing there any more, and forget what was sent",
      access: merchants,
      params: EndpointId,
      returns: Empty,
    }),
    testWebhook: post("/v1/webhook-endpoints/:endpointId/test", {
      summary: "Send something that means nothing, to see whether it arrives",
      access: merchants,
      params: EndpointId,
      returns: Type.Object({ deliveryId: Id }),
      status: 202,
    }),
    webhookDeliveries: get("/v1/webhook-endpoints/:endpointId/deliveries", {
      summary: "List what was sent to an endpoint, newest first",
      access: merchants,
      params: EndpointId,
      query: Body({ ...Paging, status: Type.Optional(OneOf("pending", "delivered", "failed")) }),
      returns: Page(Type.Object(webhookDelivery)),
    }),
    webhookDelivery: get("/v1/webhook-deliveries/:deliveryId", {
      summary: "Show what was sent, and each try",
      access: merchants,
      params: DeliveryId,
      returns: Type.Object({ ...webhookDelivery, payload: Type.Unknown(), attempts: Type.Array(WebhookAttempt) }),
    }),
    redeliver: post("/v1/webhook-deliveries/:deliveryId/redeliver", {
      summary: "Send it again, under the same id",
      access: merchants,
      params: DeliveryId,
      returns: Empty,
      status: 202,
    }),
  },
  events: personalDataEvents("notifications"),
});
