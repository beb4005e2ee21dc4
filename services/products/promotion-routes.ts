import { answer, type Handlers, page } from "@souk/http";
import type { Tx } from "@souk/postgres";
import type { CatalogueDeps } from "./catalogue.ts";
import { products } from "./contract.ts";
import { takeTurn } from "./db/products.ts";
import { promotionTable } from "./db/promotions.ts";
import { type Conditions, changePromotion, newPromotion, type Promotion } from "./domain/promotion.ts";
import { errors } from "./errors.ts";
import type { UnknownGroups } from "./known-groups.ts";

type PromotionHandlers = Pick<
  Handlers<typeof products>,
  "promotions" | "promotion" | "createPromotion" | "changePromotion"
>;

type Deps = CatalogueDeps & { readonly unknownGroups: UnknownGroups };

/** Each change commits with the event that tells of it. */
export function promotionRoutes({ db, publish, now, newId, unknownGroups }: Deps): PromotionHandlers {
  async function save(tx: Tx, promotion: Promotion, before?: Promotion) {
    const { id, code, status } = promotion;
    await assertKnown(tx, promotion.conditions, before?.conditions ?? {});
    const other = code === null || status === "archived" ? undefined : await promotionTable(tx).having(code);
    if (code !== null && other !== undefined && other !== id) throw errors.CodeTaken({ code });
    const saved = await promotionTable(tx).save(promotion, now());
    const { id: promotionId, ...data } = promotion;
    await publish(tx, products.events.promotionChanged, {
      subject: promotionId,
      sequence: promotion.version,
      data: { promotionId, ...data },
    });
    return saved;
  }

  async function assertGroups(conditions: Conditions | undefined, before?: Conditions): Promise<void> {
    const found = await unknownGroups("/conditions/groups", conditions?.groups, before?.groups);
    if (found.length > 0) throw errors.PromotionInvalid(found);
  }

  return {
    async promotions({ query: { page: number = 1, limit = 20, status, code } }) {
      const filters = { status, code: code?.toUpperCase() };
      const { items, total } = await promotionTable(db).page({ ...filters, page: number, limit });
      return page({ items, total, page: number, limit }, "/v1/promotions", { status, code });
    },

    async promotion({ params: { id } }) {
      const promotion = await promotionTable(db).find(id);
      if (!promotion) throw errors.PromotionNotFound({ id });
      return promotion;
    },

    async createPromotion({ body }) {
      const promotion = newPromotion({ ...body, id: newId() });
      await assertGroups(promotion.conditions);
      const saved = await db.tx(async (tx) => {
        await takeTurn(tx);
        return save(tx, promotion);
      });
      return answer(201, saved, { location: `/v1/promotions/${saved.id}` });
    },

    async changePromotion({ params: { id }, body: { version, ...change } }) {
      if (change.conditions?.groups)
        await assertGroups(change.conditions, (await promotionTable(db).find(id))?.conditions);
      return db.tx(async (tx) => {
        await takeTurn(tx);
        const found = await promotionTable(tx).find(id);
        if (!found) throw errors.PromotionNotFound({ id });
        const { createdAt: _created, updatedAt: _updated, ...before } = found;
        if (version !== undefined && version !== before.version)
          throw errors.VersionConflict({ id, expected: version, actual: before.version });
        const after = changePromotion(before, change);
        return after === before ? found : save(tx, after, before);
      });
    },
  };
}

/**
 * A promotion for what nobody sells would be one that never applies, and nobody would see why. What it named before is not asked about
 * again: it may have gone meanwhile.
 * @throws ServiceError `PromotionInvalid`
 */
async function assertKnown(tx: Tx, named: Conditions, before: Conditions): Promise<void> {
  const fresh = (names: readonly string[] = [], known: readonly string[] = []) =>
    names.filter((name) => !known.includes(name));
  const skus = fresh(named.skus, before.skus);
  const categories = fresh(named.categories, before.categories);
  if (skus.length === 0 && categories.length === 0) return;
  const unknown = await promotionTable(tx).unknown({ skus, categories });
  const found = [
    ...unknown.skus.map((sku) => ({
      field: `/conditions/skus/${named.skus?.indexOf(sku)}`,
      message: `there is no ${sku} in the catalogue`,
    })),
    ...unknown.categories.map((slug) => ({
      field: `/conditions/categories/${named.categories?.indexOf(slug)}`,
      message: `there is no category ${slug}`,
    })),
  ];
  if (found.length > 0) throw errors.PromotionInvalid(found);
}
