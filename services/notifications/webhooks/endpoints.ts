import { page } from "@souk/http";
import { type Clock, instant } from "@souk/kernel";
import type { Db, Sql } from "@souk/postgres";
import type { PersonKeys } from "@souk/service/personal-data";
import { type Endpoint, endpointTable, sendTo, webhookLog } from "../db/webhooks.ts";
import { errors } from "../errors.ts";
import type { WebhookType } from "./facts.ts";
import { webhookBody } from "./fan-out.ts";
import { problemOfTarget } from "./public-target.ts";
import { webhookSecret } from "./signature.ts";

type Deps = {
  db: Db;
  clock: Clock;
  newId: () => string;
  newSecret: (bytes: number) => string;
  keys: PersonKeys;
  allowPrivate: boolean;
};
type Wanted = { url: string; description?: string; types: readonly WebhookType[] };

const secretBytes = 32;
const maxEndpoints = 100;
const hourMs = 3_600_000;
/** Webhooks' secrets have to be read again, so they are sealed: each under a key of its endpoint. */
const context = "notifications.webhook-secret";
const keyOf = (endpointId: string) => ({ thing: `webhook-endpoint:${endpointId}` });

/** Where merchants want to be told, and what became of what they were sent. */
export function endpoints({ db, clock, newId, newSecret, keys, allowPrivate }: Deps) {
  const table = endpointTable(db);
  const log = webhookLog(db);
  const now = () => instant(clock.now());

  function assertTarget(url: string): void {
    const problem = problemOfTarget(url, allowPrivate);
    if (problem !== undefined) throw errors.WebhookTarget({ problem });
  }
  async function newSecretFor(sql: Sql, endpointId: string) {
    const secret = webhookSecret(Buffer.from(newSecret(secretBytes), "base64url"));
    const sealed = await keys.seal(sql, keyOf(endpointId), context, secret, now());
    if (!sealed) throw new Error("the key of a webhook's endpoint was destroyed");
    return { secret, sealed };
  }
  async function one(endpointId: string): Promise<Endpoint> {
    const found = await table.byId(endpointId);
    if (!found) throw errors.WebhookNotFound({ endpointId });
    return found;
  }

  return {
    /** @throws errors.WebhookTarget, errors.TooManyWebhooks */
    async create({ url, description = "", types }: Wanted) {
      assertTarget(url);
      if ((await table.count()) >= maxEndpoints) throw errors.TooManyWebhooks({ limit: maxEndpoints });
      const id = newId();
      const { secret, sealed } = await newSecretFor(db, id);
      await table.insert({ id, url, description, types: [...new Set(types)], createdAt: now(), secret: sealed });
      return { ...(await one(id)), secret };
    },
    async list({ page: number = 1, limit = 20 }: { page?: number; limit?: number }) {
      const rows = await table.page(limit, (number - 1) * limit);
      const items = rows.map(({ total: _, ...endpoint }) => endpoint);
      return page({ items, total: rows[0]?.total ?? 0, page: number, limit }, "/v1/webhook-endpoints");
    },
    byId: one,
    /** @throws errors.WebhookNotFound, errors.WebhookTarget */
    async change(endpointId: string, changes: Partial<Wanted> & { status?: "active" }) {
      const before = await one(endpointId);
      if (changes.url !== undefined) assertTarget(changes.url);
      const { url = before.url, description = before.description, types = before.types, status } = changes;
      await table.change({ id: endpointId, url, description, types: [...new Set(types)] });
      if (status === "active") await table.enable(endpointId);
      return one(endpointId);
    },
    /** The one before goes on signing beside it for a while. @throws errors.WebhookNotFound */
    async rotate(endpointId: string, graceHours: number) {
      await one(endpointId);
      const { secret, sealed } = await newSecretFor(db, endpointId);
      await table.rotate(endpointId, sealed, instant(clock.now() + graceHours * hourMs));
      return { ...(await one(endpointId)), secret };
    },
    async remove(endpointId: string): Promise<void> {
      if (!(await table.remove(endpointId))) throw errors.WebhookNotFound({ endpointId });
      await keys.destroy(db, [keyOf(endpointId)], now());
    },
    /** Sends something that means nothing, to see whether it arrives. */
    async test(endpointId: string) {
      const { status } = await one(endpointId);
      if (status === "disabled") throw errors.WebhookDisabled({ endpointId });
      const [deliveryId, eventId, type] = [newId(), newId(), "webhook.test.v1"];
      const body = webhookBody({ id: eventId, type, time: now(), subject: endpointId }, { hello: "world" });
      await sendTo(db, { deliveryId, endpointId, eventId, type, body, now: now() });
      return { deliveryId };
    },

    async deliveries(
      endpointId: string,
      filter: { status?: "pending" | "delivered" | "failed"; page?: number; limit?: number },
    ) {
      await one(endpointId);
      const { page: number = 1, limit = 20, status } = filter;
      const found = await log.page(endpointId, { status, page: number, limit });
      return page({ ...found, page: number, limit }, `/v1/webhook-endpoints/${endpointId}/deliveries`, { status });
    },
    /** @throws errors.WebhookDeliveryNotFound */
    async delivery(deliveryId: string) {
      const found = await log.byId(deliveryId);
      if (!found) throw errors.WebhookDeliveryNotFound({ deliveryId });
      const { body, ...delivery } = found;
      return { ...delivery, payload: JSON.parse(body), attempts: await log.attempts(deliveryId) };
    },
    /** Under the same id: a merchant who has it already knows. @throws errors.WebhookDeliveryNotFound, errors.WebhookDisabled */
    async again(deliveryId: string): Promise<void> {
      if (await log.again(deliveryId, now())) return;
      if (await log.byId(deliveryId)) throw errors.WebhookDisabled({ endpointId: "" });
      throw errors.WebhookDeliveryNotFound({ deliveryId });
    },

    /** The live secrets of an endpoint, the newest first. */
    async secrets(endpointId: string, sealed: readonly (Buffer | null)[]): Promise<string[]> {
      const person = `thing:webhook-endpoint:${endpointId}`;
      const opened = await keys.open<string>(
        db,
        context,
        sealed.map((bytes) => ({ person, sealed: bytes })),
      );
      return opened.filter((secret) => secret !== undefined);
    },
  };
}
export type Endpoints = ReturnType<typeof endpoints>;
