import type { Instant } from "@souk/kernel";
import { json, type Sql, type Tx } from "@souk/postgres";
import type { DeclineReason } from "../domain/cards.ts";

export type StoredCharge = {
  chargeId: string;
  key: string;
  reference: string;
  status: "requires_action" | "authorized" | "succeeded" | "declined" | "voided" | "expired";
  declineReason: DeclineReason | null;
  amount: number;
  currency: string;
  captured: number;
  refunded: number;
  /** Whether it is taken once its challenge is met, or only reserved. */
  capture: boolean;
  dispute: Dispute | null;
  createdAt: Instant;
  updatedAt: Instant;
  position: number;
};
export type Dispute = { disputeId: string; status: "open" | "won" | "lost"; amount: number; reason: string };
export type NewCharge = Omit<StoredCharge, "refunded" | "dispute" | "createdAt" | "updatedAt" | "position"> & {
  now: Instant;
};

export const book = (sql: Sql) => ({
  /** Undefined when the key was never charged. */
  async find(key: string): Promise<StoredCharge | undefined> {
    const [row] = await sql<StoredCharge>`
      select charge_id as "chargeId", key, reference, status, decline_reason as "declineReason", amount, currency, captured, refunded, capture, dispute,
             created_at as "createdAt", updated_at as "updatedAt", position
      from charges where key = ${key}`;
    return row;
  },

  /** Undefined when the key was charged or barred before: the unique key decides. */
  async insert(charge: NewCharge): Promise<StoredCharge | undefined> {
    const [row] = await sql<StoredCharge>`
      insert into charges (charge_id, key, reference, status, decline_reason, amount, currency, captured, refunded, capture, created_at, updated_at)
      values (${charge.chargeId}, ${charge.key}, ${charge.reference}, ${charge.status}, ${charge.declineReason}, ${charge.amount},
              ${charge.currency}, ${charge.captured}, 0, ${charge.capture}, ${charge.now}, ${charge.now})
      on conflict (key) do nothing
      returning charge_id as "chargeId", key, reference, status, decline_reason as "declineReason", amount, currency, captured, refunded, capture, dispute,
                created_at as "createdAt", updated_at as "updatedAt", position`;
    return row;
  },

  /** Charges changed after `position`, oldest change first. */
  page: (after: number, limit: number): Promise<StoredCharge[]> => sql<StoredCharge>`
    select charge_id as "chargeId", key, reference, status, decline_reason as "declineReason", amount, currency, captured, refunded, capture, dispute,
           created_at as "createdAt", updated_at as "updatedAt", position
    from charges where position > ${after} and reference <> '' order by position limit ${limit}`,
});

/** Locks the charge until the transaction ends. */
export async function lock(tx: Tx, key: string): Promise<StoredCharge | undefined> {
  const [row] = await tx<StoredCharge>`
    select charge_id as "chargeId", key, reference, status, decline_reason as "declineReason", amount, currency, captured, refunded, capture, dispute,
           created_at as "createdAt", updated_at as "updatedAt", position
    from charges where key = ${key} for update`;
  return row;
}

/** Returns false when the key was charged or barred before. */
export async function barKey(tx: Tx, charge: { chargeId: string; key: string; now: Instant }): Promise<boolean> {
  const rows = await tx`
    insert into charges (charge_id, key, reference, status, amount, currency, captured, refunded, created_at, updated_at)
    values (${charge.chargeId}, ${charge.key}, '', 'voided', 0, 'XXX', 0, 0, ${charge.now}, ${charge.now})
    on conflict (key) do nothing returning key`;
  return rows.length === 1;
}

/** Returns false when a refund of that key was made before. */
export async function insertRefund(
  tx: Tx,
  refund: { refundKey: string; key: string; amount: number; now: Instant },
): Promise<boolean> {
  const rows = await tx`
    insert into refunds (refund_key, key, amount, at) values (${refund.refundKey}, ${refund.key}, ${refund.amount}, ${refund.now})
    on conflict do nothing returning refund_key`;
  return rows.length === 1;
}

export const setRefunded = (tx: Tx, key: string, by: number, now: Instant) => tx`
  update charges set refunded = refunded + ${by}, updated_at = ${now}, position = nextval('book_position') where key = ${key}`;

/** Returns false when a capture of that key was made before. */
export async function insertCapture(
  tx: Tx,
  capture: { captureKey: string; key: string; amount: number; now: Instant },
): Promise<boolean> {
  const rows = await tx`
    insert into captures (capture_key, key, amount, at) values (${capture.captureKey}, ${capture.key}, ${capture.amount}, ${capture.now})
    on conflict do nothing returning capture_key`;
  return rows.length === 1;
}

/** Writes what may change in a charge's life but its refunds. */
export const update = (
  tx: Tx,
  c: Pick<StoredCharge, "key" | "status" | "declineReason" | "captured" | "dispute">,
  now: Instant,
) => tx`
  update charges
  set status = ${c.status}, decline_reason = ${c.declineReason}, captured = ${c.captured}, dispute = ${c.dispute && json(c.dispute)},
      updated_at = ${now}, position = nextval('book_position')
  where key = ${c.key}`;

/** Lets go of what has been open since before `since`. @returns the charges that lapsed */
export async function expireOpen(tx: Tx, since: Instant, now: Instant, limit: number): Promise<string[]> {
  const rows = await tx<{ key: string }>`
    update charges set status = case when captured > 0 then 'succeeded' else 'expired' end, updated_at = ${now}, position = nextval('book_position')
    where key in (select key from charges where status in ('requires_action', 'authorized') and created_at < ${since}
                  order by created_at limit ${limit} for update skip locked)
    returning key`;
  return rows.map(({ key }) => key);
}
