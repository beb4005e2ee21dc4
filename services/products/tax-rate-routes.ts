import { answer, type Handlers, page } from "@souk/http";
import type { Tx } from "@souk/postgres";
import type { CatalogueDeps } from "./catalogue.ts";
import { products } from "./contract.ts";
import { takeTurn } from "./db/products.ts";
import { taxRateTable } from "./db/tax-rates.ts";
import { changeTaxRate, newTaxRate, type TaxRate } from "./domain/tax-rate.ts";
import { errors } from "./errors.ts";
import type { UnknownGroups } from "./known-groups.ts";

type TaxRateHandlers = Pick<Handlers<typeof products>, "taxRates" | "taxRate" | "createTaxRate" | "changeTaxRate">;

type Deps = CatalogueDeps & { readonly unknownGroups: UnknownGroups };

/** Each change commits with the event that tells of it. */
export function taxRateRoutes({ db, publish, now, newId, unknownGroups }: Deps): TaxRateHandlers {
  async function save(tx: Tx, rate: TaxRate) {
    const { id, code, status } = rate;
    const other = status === "archived" ? undefined : await taxRateTable(tx).having(code);
    if (other !== undefined && other !== id) throw errors.CodeTaken({ code });
    const saved = await taxRateTable(tx).save(rate, now());
    const { id: taxRateId, ...data } = rate;
    await publish(tx, products.events.taxRateChanged, {
      subject: taxRateId,
      sequence: rate.version,
      data: { taxRateId, ...data },
    });
    return saved;
  }

  async function assertGroups(named: readonly string[] | undefined, before?: readonly string[]): Promise<void> {
    const found = await unknownGroups("/exemptGroups", named, before);
    if (found.length > 0) throw errors.TaxRateInvalid(found);
  }

  return {
    async taxRates({ query: { page: number = 1, limit = 20, country, status } }) {
      const { items, total } = await taxRateTable(db).page({ country, status, page: number, limit });
      return page({ items, total, page: number, limit }, "/v1/tax-rates", { country, status });
    },

    async taxRate({ params: { id } }) {
      const rate = await taxRateTable(db).find(id);
      if (!rate) throw errors.TaxRateNotFound({ id });
      return rate;
    },

    async createTaxRate({ body }) {
      const rate = newTaxRate({ ...body, id: newId() });
      await assertGroups(rate.exemptGroups);
      const saved = await db.tx(async (tx) => {
        await takeTurn(tx);
        return save(tx, rate);
      });
      return answer(201, saved, { location: `/v1/tax-rates/${saved.id}` });
    },

    async changeTaxRate({ params: { id }, body: { version, ...change } }) {
      if (change.exemptGroups) await assertGroups(change.exemptGroups, (await taxRateTable(db).find(id))?.exemptGroups);
      return db.tx(async (tx) => {
        await takeTurn(tx);
        const found = await taxRateTable(tx).find(id);
        if (!found) throw errors.TaxRateNotFound({ id });
        const { createdAt: _created, updatedAt: _updated, ...before } = found;
        if (version !== undefined && version !== before.version)
          throw errors.VersionConflict({ id, expected: version, actual: before.version });
        const after = changeTaxRate(before, change);
        return after === before ? found : save(tx, after);
      });
    },
  };
}
