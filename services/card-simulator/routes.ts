import type { Handlers } from "@souk/http";
import { type Clock, instant, sleep } from "@souk/kernel";
import type { Db, Tx } from "@souk/postgres";
import type { cardSimulator } from "./contract.ts";
import {
  barKey,
  book,
  insertCapture,
  insertRefund,
  lock,
  type NewCharge,
  type StoredCharge,
  setRefunded,
  update,
} from "./db/book.ts";
import { insertWebhooks, type WebhookType } from "./db/webhooks.ts";
import { type Behaviour, behaviourOf, brandOf, expired } from "./domain/cards.ts";
import { answered, captured, disputed, letGo, letGoByBank, refundable } from "./domain/charge.ts";
import { errors } from "./errors.ts";
import { issueToken, readToken } from "./token.ts";

type Deps = { db: Db; clock: Clock; newId: () => string; newSecret: (bytes: number) => string; tokenSecret: string };

export function routes({ db, clock, newId, newSecret, tokenSecret }: Deps): Handlers<typeof cardSimulator> {
  const charges = book(db);
  const now = () => instant(clock.now());

  /** How the card behind a token behaves. */
  function behaviour(token: string): Behaviour {
    const card = readToken(tokenSecret, token);
    if (!card) return { decline: "invalid_token" };
    return card.expired ? { decline: "expired_card" } : behaviourOf(card.number);
  }

  /** Does something to a charge that exists, locked; nothing to one that does not. */
  const change = (key: string, work: (tx: Tx, charge: StoredCharge) => Promise<void>) =>
    db.tx(async (tx) => {
      const charge = await lock(tx, key);
      if (charge && charge.reference !== "") await work(tx, charge);
      return { charge: visible(await book(tx).find(key)) };
    });

  const notify = (tx: Tx, key: string, type: WebhookType) =>
    insertWebhooks(tx, key, type, [{ webhookId: `evt_${newId()}`, dueAt: now() }]);

  return {
    async tokenize({ body }) {
      const number = body.number.replaceAll(" ", "");
      const card = { number, expired: expired(body.expYear, body.expMonth, now()) };
      return { token: issueToken(tokenSecret, card, newSecret(6)), last4: number.slice(-4), brand: brandOf(number) };
    },

    async charge({ body: { key, reference, amount, token, capture }, signal }) {
      const { decline = null, answerAfterMs = 0, hangs, webhooksAfterMs = [], ...special } = behaviour(token);
      const status = decline
        ? "declined"
        : special.challenge
          ? "requires_action"
          : capture
            ? "succeeded"
            : "authorized";
      const charge: NewCharge = {
        chargeId: `ch_${newId()}`,
        key,
        reference,
        status,
        declineReason: decline,
        amount: amount.amount,
        currency: amount.currency,
        captured: status === "succeeded" ? amount.amount : 0,
        capture,
        now: now(),
      };
      const made =
        webhooksAfterMs.length === 0
          ? await charges.insert(charge)
          : await db.tx((tx) => chargeAndNotify(tx, charge, webhooksAfterMs));
      if (!made) return again(key);
      if (special.disputed) await change(key, (tx, charge) => dispute(tx, charge, "open", "product_not_received"));
      if (answerAfterMs > 0) await sleep(clock, answerAfterMs, signal);
      // The money is taken and the answer never comes: the caller's deadline ends this.
      if (hangs)
        await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
      return view(made);
    },

    async find({ params: { key } }) {
      return { charge: visible(await charges.find(key)) };
    },

    authenticate: ({ params: { key }, body: { outcome } }) =>
      change(key, async (tx, charge) => {
        const after = answered(charge, outcome);
        if (!after) return;
        await update(tx, after, now());
        await notify(tx, key, "charge.authenticated");
      }),

    capture: ({ params: { key }, body: { captureKey, amount } }) =>
      change(key, async (tx, charge) => {
        if (!(await insertCapture(tx, { captureKey, key, amount, now: now() }))) return;
        await update(tx, captured(charge, amount), now());
      }),

    dispute: ({ params: { key }, body: { status, reason = "fraudulent" } }) =>
      change(key, (tx, charge) => dispute(tx, charge, status, reason)),

    void: ({ params: { key } }) =>
      change(key, async (tx, charge) => {
        const after = letGoByBank(charge);
        if (!after) return;
        await update(tx, after, now());
        await notify(tx, key, "charge.voided");
      }),

    giveBack: ({ params: { key }, body: { refundKey, amount } }) =>
      db.tx(async (tx) => {
        if (await barKey(tx, { chargeId: `ch_${newId()}`, key, now: now() })) return { charge: null };
        const charge = await lock(tx, key);
        const after = charge && amount === undefined ? letGo(charge) : undefined;
        if (after) await update(tx, after, now());
        if (charge && charge.captured > 0) await refund(tx, charge, refundKey, amount);
        return { charge: visible(await book(tx).find(key)) };
      }),

    async book({ query: { after = 0, limit = 500 } }) {
      const page = await charges.page(after, limit);
      return { charges: page.map(view), next: page.at(-1)?.position ?? after };
    },
  };

  async function chargeAndNotify(tx: Tx, charge: NewCharge, afterMs: readonly number[]) {
    const made = await book(tx).insert(charge);
    if (!made) return undefined;
    // Twins share their id: they are one notification, delivered twice.
    const webhookId = `evt_${newId()}`;
    const due = afterMs.map((ms, i) => ({
      webhookId: i === 0 ? webhookId : `${webhookId}#${i}`,
      dueAt: instant(clock.now() + ms),
    }));
    await insertWebhooks(tx, charge.key, "charge.succeeded", due);
    return made;
  }

  /** The same key, asked again: the same answer, whatever the card would do today. */
  async function again(key: string) {
    const charge = await charges.find(key);
    if (!charge) throw new Error("a charge that exists was not found");
    return visible(charge) ?? refuse(key);
  }

  async function dispute(tx: Tx, charge: StoredCharge, status: "open" | "won" | "lost", reason: string) {
    const after = disputed(charge, { status, reason, disputeId: `dp_${newId()}` });
    if (!after) return;
    await update(tx, after, now());
    await notify(tx, charge.key, status === "open" ? "charge.dispute.created" : "charge.dispute.closed");
  }

  async function refund(tx: Tx, charge: StoredCharge, refundKey: string, part: number | undefined) {
    const { key } = charge;
    const left = refundable(charge);
    const amount = part ?? left;
    if (amount <= 0) return;
    if (!(await insertRefund(tx, { refundKey, key, amount, now: now() }))) return;
    if (amount > left) throw errors.RefundTooLarge({ requested: amount, refundable: left });
    await setRefunded(tx, key, amount, now());
  }
}

function refuse(key: string): never {
  throw errors.Barred({ key });
}

/** A barred key is nobody's charge. */
const visible = (charge: StoredCharge | undefined) => (charge && charge.reference !== "" ? view(charge) : null);

function view({ declineReason, dispute, position: _, capture: __, ...charge }: StoredCharge) {
  return { ...charge, ...(declineReason && { declineReason }), ...(dispute && { dispute }) };
}
