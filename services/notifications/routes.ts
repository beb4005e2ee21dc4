import type { Principal } from "@souk/contract";
import { answer, type Handlers, page } from "@souk/http";
import { type Clock, instant } from "@souk/kernel";
import type { Db } from "@souk/postgres";
import { personOf } from "@souk/service/personal-data";
import type { notifications } from "./contract.ts";
import { deliveryPage } from "./db/deliveries.ts";
import { preferenceTable } from "./db/preferences.ts";
import { mailById, sinkPage } from "./db/sink.ts";
import { type Content, categoryOf, type Template } from "./domain/facts.ts";
import type { Locale } from "./domain/locale.ts";
import { samples } from "./domain/samples.ts";
import { render, renderSms, templateNames } from "./domain/templates.ts";
import { errors } from "./errors.ts";
import type { Links } from "./links.ts";
import { opened } from "./mail/opened.ts";
import type { Sealed } from "./outgoing.ts";
import { mailHeaders, pageHeaders, previewHeaders, previewPage, unsubscribedPage, unsubscribePage } from "./pages.ts";
import { contexts, type Recipients } from "./recipients.ts";
import type { Unsubscribing } from "./unsubscribe.ts";
import type { Endpoints } from "./webhooks/endpoints.ts";

type Deps = {
  db: Db;
  clock: Clock;
  recipients: Recipients;
  unsubscribing: Unsubscribing;
  links: Links;
  endpoints: Endpoints;
};

const reminders = "reminders";

export function routes({
  db,
  clock,
  recipients,
  unsubscribing,
  links,
  endpoints,
}: Deps): Handlers<typeof notifications> {
  const table = preferenceTable(db);
  const now = () => instant(clock.now());
  const none = {};

  async function preferencesOf(userId: string) {
    const person = personOf({ userId });
    const [wanted, sealed] = await Promise.all([table.of(person), table.phone(userId)]);
    const [phone] = await recipients.open<string>(db, contexts.phone, [{ person, sealed }]);
    return { reminders: wanted[reminders] ?? true, phone: phone ?? null };
  }

  return {
    async deliveries({ query: { page: number = 1, limit = 20, recipient } }) {
      const recipientKey = recipient === undefined ? undefined : recipients.keyOf(recipient);
      const { items, total } = await deliveryPage(db, { recipientKey, page: number, limit });
      const sealed = items.map((item) => ({ person: item.person ?? "", sealed: item.sealed }));
      const facts = await recipients.open<Sealed>(db, contexts.delivery, sealed);
      const shown = items.map(({ person: _p, sealed: _s, locale: _l, ...item }, i) => ({
        ...item,
        recipient: facts[i]?.recipient ?? "",
      }));
      return page({ items: shown, total, page: number, limit }, "/v1/notifications", { recipient });
    },
    async sink({ query: { page: number = 1, limit = 20, to } }) {
      const found = await sinkPage(db, { to, page: number, limit });
      const items = (await Promise.all(found.items.map(opened))).map(({ html: _, ...mail }) => mail);
      return page({ items, total: found.total, page: number, limit }, "/v1/notifications/sink", { to });
    },
    async sinkMail({ params: { mailId } }) {
      const mail = await mailById(db, mailId);
      if (!mail) throw errors.MailNotFound({ mailId });
      return opened(mail);
    },

    templates: async () => ({
      data: templateNames.map((name) => ({
        ...{ name, category: categoryOf(name) ?? null, sample: samples[name] },
        locales: ["en" as const, "de" as const],
      })),
    }),
    async preview({ params: { template }, body: { locale = "en", facts = {} } }) {
      return shown(template, locale, facts);
    },
    previewPage: async () => answer(200, previewPage(), previewHeaders),
    previewMail: async ({ params: { template }, query: { locale = "en" } }) =>
      answer(200, shown(template, locale, {}).html, mailHeaders),

    preferences: ({ principal }) => preferencesOf(userIdOf(principal)),
    async setPreferences({ principal, body }) {
      const userId = userIdOf(principal);
      const person = personOf({ userId });
      const sealed =
        body.phone && (await recipients.phone(db, body.phone, userId, now())).seal?.(contexts.phone, body.phone);
      await db.tx(async (tx) => {
        const preferences = preferenceTable(tx);
        await preferences.set(person, reminders, body.reminders, now());
        if (sealed) await preferences.setPhone(userId, sealed);
        else await preferences.removePhone(userId);
      });
      return preferencesOf(userId);
    },
    async unsubscribePage({ params: { token } }) {
      if (!unsubscribing.read(token)) throw errors.UnsubscribeInvalid();
      return answer(200, unsubscribePage(token), pageHeaders);
    },
    async unsubscribe({ params: { token }, stream }) {
      stream.resume(); // what the form says is always the same
      const wish = unsubscribing.read(token);
      if (!wish) throw errors.UnsubscribeInvalid();
      await table.set(wish.subject, wish.category, false, now());
      return answer(200, unsubscribedPage(), pageHeaders);
    },

    webhooks: ({ query }) => endpoints.list(query),
    async createWebhook({ body }) {
      const made = await endpoints.create(body);
      return answer(201, made, { location: `/v1/webhook-endpoints/${made.id}` });
    },
    webhook: ({ params }) => endpoints.byId(params.endpointId),
    changeWebhook: ({ params, body }) => endpoints.change(params.endpointId, body),
    rotateWebhookSecret: ({ params, body: { graceHours = 24 } }) => endpoints.rotate(params.endpointId, graceHours),
    async removeWebhook({ params }) {
      await endpoints.remove(params.endpointId);
      return none;
    },
    async testWebhook({ params }) {
      return answer(202, await endpoints.test(params.endpointId));
    },
    webhookDeliveries: ({ params, query }) => endpoints.deliveries(params.endpointId, query),
    webhookDelivery: ({ params }) => endpoints.delivery(params.deliveryId),
    async redeliver({ params }) {
      await endpoints.again(params.deliveryId);
      return answer(202, none);
    },
  };

  /**
   * The sample, with `facts` in the place of its own.
   * @throws errors.FactsUnknown, errors.FactsMissing when a template cannot be made of that
   */
  function shown(template: Template, locale: Locale, facts: Readonly<Record<string, unknown>>) {
    const known = Object.keys(samples[template]);
    const unknown = Object.keys(facts).filter((name) => !known.includes(name));
    if (unknown.length > 0) throw errors.FactsUnknown({ template, unknown, known });
    // as: a template that is told something of another shape fails, and that is said
    const content = { template, facts: { ...samples[template], ...facts } } as Content;
    const category = categoryOf(template);
    const unsubscribe = category && links.unsubscribe({ subject: "address:preview", category });
    try {
      return { ...render(content, locale, unsubscribe), sms: renderSms(content, locale) };
    } catch (cause) {
      if (cause instanceof TypeError || cause instanceof RangeError) throw errors.FactsMissing({ template }, { cause });
      throw cause;
    }
  }
}

/** The access rule let nobody else in. */
function userIdOf(principal: Principal): string {
  if (principal.kind !== "user") throw new Error(`a ${principal.kind} reached a route for signed-in users`);
  return principal.id;
}
