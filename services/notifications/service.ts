import { inventory } from "@souk/inventory/contract";
import { instant } from "@souk/kernel";
import { orders } from "@souk/orders/contract";
import { payments } from "@souk/payments/contract";
import { defineService, env } from "@souk/service";
import { addressDigest, personalData, personKeys } from "@souk/service/personal-data";
import { shipping } from "@souk/shipping/contract";
import { users } from "@souk/users/contract";
import { notifications } from "./contract.ts";
import { keeper } from "./keeper.ts";
import { links as linksTo } from "./links.ts";
import { outgoing } from "./outgoing.ts";
import { recipients as recipientsOf } from "./recipients.ts";
import { routes } from "./routes.ts";
import { sealTheClear } from "./seal-the-clear.ts";
import { messageSender } from "./sender.ts";
import { smsGateway, smsSink } from "./sms.ts";
import { smtpSink } from "./smtp-sink.ts";
import { accountLetters } from "./subscriptions/account-letters.ts";
import { orderMail } from "./subscriptions/order-mail.ts";
import { stockMail } from "./subscriptions/stock-mail.ts";
import { unsubscribing as unsubscribingWith } from "./unsubscribe.ts";
import { endpoints as endpointsOf } from "./webhooks/endpoints.ts";
import { told } from "./webhooks/facts.ts";
import { toWebhooks } from "./webhooks/fan-out.ts";
import { webhookSender } from "./webhooks/webhook-sender.ts";

const hourMs = 3_600_000;

export default defineService({
  contract: notifications,
  config: {
    publicUrl: env.url("PUBLIC_URL", {
      describe: "Where the shop is reached from outside: what links in messages begin with",
    }),
    personalDataKey: env.secret("PERSONAL_DATA_KEY", {
      describe: "Wraps the keys under which personal data is sealed",
    }),
    addressKey: env.secret("ADDRESS_KEY", {
      describe: "Makes the digests by which addresses are found: the same in every service, and never changed",
    }),
    unsubscribeKey: env.secret("UNSUBSCRIBE_KEY", { describe: "Makes the links by which people unsubscribe" }),
    smtpUrl: env.url("SMTP_URL", {
      protocols: ["smtp", "smtps"],
      optional: true,
      describe: "The mail server; without it a built-in one keeps the mail",
    }),
    from: env.string("MAIL_FROM", { default: "Souk <shop@souk.example>", describe: "The sender of every mail" }),
    defaultLocale: env.oneOf("DEFAULT_LOCALE", ["en", "de"], {
      default: "en",
      describe: "The language for whoever never said what they read: guests",
    }),
    operators: env.list("OPERATIONS_EMAIL", {
      default: ["operations@souk.example"],
      describe: "Who is told of low stock and disabled webhooks",
    }),
    perSecond: env.number("MAIL_PER_SECOND", {
      default: 20,
      min: 0.1,
      max: 10_000,
      describe: "How many messages a second the mail server allows",
    }),
    pickUpAt: env.list("PICKUP_ADDRESS", {
      default: ["Souk", "1 Warehouse Street", "10115 Berlin", "DE"],
      describe: "Where orders are picked up, line by line: letters say so",
    }),
    smsUrl: env.url("SMS_URL", {
      optional: true,
      describe: "A gateway that takes { id, to, text } as JSON; without it text messages are kept like mail",
    }),
    smsToken: env.secret("SMS_TOKEN", { describe: "The bearer token of that gateway", development: "no gateway" }),
    webhooksGiveUpMs: env.duration("WEBHOOK_GIVE_UP_AFTER", {
      default: "3d",
      describe: "How long a webhook's endpoint may fail without a success before it is disabled",
    }),
    webhooksAnywhere: env.boolean("WEBHOOK_ALLOW_PRIVATE", {
      optional: true,
      describe: "Whether webhooks may go to private addresses and over http; by default only in development",
    }),
  },
  calls: { users },
  consumes: [
    orders.events.placed,
    orders.events.confirmed,
    orders.events.backorderFilled,
    orders.events.rejected,
    orders.events.cancelled,
    orders.events.restCancelled,
    orders.events.completed,
    orders.events.cartAbandoned,
    orders.events.returnRequested,
    orders.events.returnApproved,
    orders.events.returnRejected,
    orders.events.returnReceived,
    shipping.events.dispatched,
    shipping.events.delivered,
    shipping.events.lost,
    shipping.events.returnLabelMade,
    payments.events.refunded,
    inventory.events.low,
    users.events.letterDue,
    users.events.registered,
    users.events.profileChanged,
    users.events.erasureRequested,
    users.events.exportRequested,
  ],

  wire: ({ config, clients, db, publish, clock, log, newId, newSecret, development }) => {
    const keys = personKeys(config.personalDataKey);
    const recipients = recipientsOf(keys, addressDigest(config.addressKey));
    const unsubscribing = unsubscribingWith(config.unsubscribeKey);
    const contact = /<([^>]+)>/.exec(config.from)?.[1] ?? config.from;
    const links = linksTo({ publicUrl: config.publicUrl, contact, unsubscribing });
    const base = { db, clock, log, newId, newSecret, recipients, keys };

    const sms = config.smsUrl ? smsGateway(config.smsUrl, config.smsToken.current) : smsSink(base);
    const sender = messageSender({ ...base, ...config, users: clients.users, sms, links });
    const messages = outgoing({ ...base, wake: sender.wake });
    const mail = orderMail({ outgoing: messages, recipients, links, ...config });
    const letters = accountLetters({ outgoing: messages });
    const stock = stockMail({ outgoing: messages, recipients, operators: config.operators });

    const allowPrivate = config.webhooksAnywhere ?? development;
    const endpoints = endpointsOf({ ...base, allowPrivate });
    const webhooks = webhookSender({
      ...{ ...base, endpoints, allowPrivate, giveUpMs: config.webhooksGiveUpMs },
      async disabled(tx, { url, since, lastError }) {
        const event = { id: newId(), time: instant(clock.now()) };
        for (const address of config.operators) {
          const recipient = await recipients.staff(tx, address, event.time);
          const content = { template: "webhook-disabled", facts: { url, since, lastError } } as const;
          await messages.write(tx, event, content, { recipient, address, locale: "en" });
        }
      },
    });
    const sent = toWebhooks(clock);
    const personal = personalData({
      ...{ db, clock, publish, keys },
      events: notifications.events,
      keeper: keeper(recipients),
    });

    return {
      routes: routes({ ...base, unsubscribing, links, endpoints }),
      on: {
        "orders.placed.v1": sent(orders.events.placed, told.placed),
        "orders.confirmed.v1": sent(orders.events.confirmed, told.confirmed, mail.confirmed),
        "orders.backorder_filled.v1": mail.backorderFilled,
        "orders.rejected.v1": sent(orders.events.rejected, told.ended, mail.rejected),
        "orders.cancelled.v1": sent(orders.events.cancelled, told.ended, mail.cancelled),
        "orders.rest_cancelled.v1": sent(orders.events.restCancelled, told.restCancelled, mail.restCancelled),
        "orders.completed.v1": sent(orders.events.completed, told.completed),
        "orders.cart_abandoned.v1": mail.cartAbandoned,
        "orders.return_requested.v1": sent(orders.events.returnRequested, told.returned, mail.returnRequested),
        "orders.return_approved.v1": sent(orders.events.returnApproved, told.returned),
        "orders.return_rejected.v1": sent(orders.events.returnRejected, told.returned, mail.returnRejected),
        "orders.return_received.v1": sent(orders.events.returnReceived, told.returned, mail.returnReceived),
        "shipping.dispatched.v1": sent(shipping.events.dispatched, told.parcel, mail.dispatched),
        "shipping.delivered.v1": sent(shipping.events.delivered, told.parcel),
        "shipping.lost.v1": sent(shipping.events.lost, told.parcel, mail.lost),
        "shipping.return_label_made.v1": mail.labelMade,
        "payments.refunded.v1": sent(payments.events.refunded, told.refunded, mail.refunded),
        "inventory.low.v1": sent(inventory.events.low, told.low, stock),
        "users.letter_due.v1": letters.due,
        "users.registered.v2": letters.registered,
        "users.profile_changed.v1": letters.changed,
        "users.erasure_requested.v1": personal.erasureRequested,
        "users.export_requested.v1": personal.exportRequested,
      },
      tasks: [
        { name: "send webhooks", everyMs: 500, run: webhooks.sendDue },
        { name: "sweep webhooks", everyMs: hourMs, run: webhooks.sweep },
        personal.finishErasures,
      ],
      async start() {
        await sealTheClear(db, recipients, clock);
        const sink = config.smtpUrl ? undefined : await smtpSink(base);
        const sending = sender.start(config.smtpUrl ?? sink?.url ?? "");
        return {
          async close() {
            await sending.close();
            await sink?.close();
            await webhooks.close();
          },
        };
      },
    };
  },
});
