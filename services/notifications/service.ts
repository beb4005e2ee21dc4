import { orders } from "@souk/orders/contract";
import { payments } from "@souk/payments/contract";
import { defineService, env } from "@souk/service";
import { shipping } from "@souk/shipping/contract";
import { notifications } from "./contract.ts";
import { routes } from "./routes.ts";
import { mailSender } from "./sender.ts";
import { smtpSink } from "./smtp-sink.ts";
import { orderMail } from "./subscriptions/order-mail.ts";

export default defineService({
  contract: notifications,
  config: {
    smtpUrl: env.url("SMTP_URL", {
      protocols: ["smtp", "smtps"],
      optional: true,
      describe: "The mail server; without it a built-in one keeps the mail",
    }),
    from: env.string("MAIL_FROM", { default: "Souk <shop@souk.example>", describe: "The sender of every mail" }),
    perSecond: env.number("MAIL_PER_SECOND", {
      default: 20,
      min: 0.1,
      max: 10_000,
      describe: "How many mails a second the mail server allows",
    }),
  },
  calls: {},
  consumes: [
    orders.events.confirmed,
    orders.events.rejected,
    orders.events.cancelled,
    shipping.events.dispatched,
    payments.events.refunded,
  ],

  wire: ({ config, db, clock, log, newId }) => {
    const sender = mailSender({ db, clock, log, from: config.from, perSecond: config.perSecond });
    const mail = orderMail({ clock, newId, wake: sender.wake });
    return {
      routes: routes({ db }),
      on: {
        "orders.confirmed.v1": mail.confirmed,
        "orders.rejected.v1": mail.rejected,
        "orders.cancelled.v1": mail.cancelled,
        "shipping.dispatched.v1": mail.dispatched,
        "payments.refunded.v1": mail.refunded,
      },
      async start() {
        const sink = config.smtpUrl ? undefined : await smtpSink({ db, clock, newId });
        const sending = sender.start(config.smtpUrl ?? sink?.url ?? "");
        return {
          async close() {
            await sending.close();
            await sink?.close();
          },
        };
      },
    };
  },
});
