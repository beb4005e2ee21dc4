import { type Clock, type Instant, instant } from "@souk/kernel";
import { json, type Sql } from "@souk/postgres";
import type { Rate } from "@souk/shipping/contract";
import type { LivePromotion, Promotion, TaxRate } from "../domain/pricing-rules.ts";

/** What every price depends on. */
export type PricingRules = {
  /** Empty until shipping has published any. */
  readonly rates: readonly Rate[];
  /** Those that apply by themselves. */
  readonly promotions: readonly LivePromotion[];
  readonly taxRates: readonly TaxRate[];
};
export type KnownRules = {
  readonly current: () => Promise<PricingRules>;
  /** They have just changed here. */
  readonly forget: () => void;
};

type Row = { rates: Rate[] | null; promotions: CountedPromotion[]; taxRates: TaxRate[] };
/** A promotion as it is stored, with how often it was used. */
export type CountedPromotion = { rule: Promotion; uses: number; spent: number };

export const liveOf = ({ rule, uses, spent }: CountedPromotion): LivePromotion => ({ ...rule, usage: { uses, spent } });

const keepMs = 1_000;

/** In memory, read again after a second, all in one statement: prices cost none of their own. */
export function pricingRules(sql: Sql, clock: Clock): KnownRules {
  let known: Promise<PricingRules> | undefined;
  let readAt = 0;
  const read = async (): Promise<PricingRules> => {
    const now = instant(clock.now());
    const [row] = await sql<Row>`
      select (select rates from shipping_rates) as rates,
             (select coalesce(json_agg(json_build_object('rule', rule, 'uses', uses, 'spent', spent)), '[]') from promotions
              where code is null and live and (ends_at is null or ends_at > ${now})) as promotions,
             (select coalesce(json_agg(rule), '[]') from tax_rates where live) as "taxRates"`;
    const { rates, promotions = [], taxRates = [] } = row ?? {};
    return { rates: rates ?? [], promotions: promotions.map(liveOf), taxRates };
  };
  return {
    current() {
      if (!known || clock.monotonic() - readAt > keepMs) {
        readAt = clock.monotonic();
        const reading = read();
        known = reading;
        reading.catch(() => {
          if (known === reading) known = undefined;
        });
      }
      return known;
    },
    forget() {
      known = undefined;
    },
  };
}

/** Orders' own picture of promotions, taxes and groups; what is older than what is known is dropped. */
export const ruleTable = (sql: Sql) => ({
  async setPromotion(rule: Promotion, version: number): Promise<void> {
    const { promotionId, code, status, conditions } = rule;
    const endsAt: Instant | null = conditions.endsAt ?? null;
    await sql`
      insert into promotions (promotion_id, code, rule, live, ends_at, version)
      values (${promotionId}, ${code}, ${json(rule)}, ${status === "active"}, ${endsAt}, ${version})
      on conflict (promotion_id) do update set code = excluded.code, rule = excluded.rule, live = excluded.live, ends_at = excluded.ends_at,
        version = excluded.version
      where promotions.version < excluded.version`;
  },

  async setTaxRate(taxRateId: string, rule: TaxRate, isLive: boolean, version: number): Promise<void> {
    await sql`
      insert into tax_rates (tax_rate_id, rule, live, version) values (${taxRateId}, ${json(rule)}, ${isLive}, ${version})
      on conflict (tax_rate_id) do update set rule = excluded.rule, live = excluded.live, version = excluded.version
      where tax_rates.version < excluded.version`;
  },

  /** Nothing is kept of those who never belonged to a group. */
  async setGroups(customerId: string, groups: readonly string[], sequence: number): Promise<void> {
    if (groups.length > 0)
      await sql`
        insert into customer_groups (customer_id, groups, sequence) values (${customerId}, ${json(groups)}, ${sequence})
        on conflict (customer_id) do update set groups = excluded.groups, sequence = excluded.sequence
        where customer_groups.sequence < excluded.sequence`;
    else
      await sql`
        update customer_groups set groups = '[]', sequence = ${sequence}
        where customer_id = ${customerId} and sequence < ${sequence}`;
  },
});
