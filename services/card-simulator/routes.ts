import type { Handlers } from "@souk/http";
import { type Clock, instant, sleep } from "@souk/kernel";
import type { Db, Tx } from "@souk/postgres";
import type { cardSimulator } from "./contract.ts";
import {
  barKey,
  book,
  insertRefund,
  lock,
  type NewCharge,
  type StoredCharge,
  setRefunded,
  setVoided,
} from "./db/book.ts";
import { insertWebhooks } from "./db/webhooks.ts";
import { type Behaviour, behaviourOf, brandOf, expired } from "./domain/cards.ts";
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

  return {
    async tokenize({ body }) {
      const number = body.number.replaceAll(" ", "");
      const card = { number, expired: expired(body.expYear, body.expMonth, now()) };
      return { token: issueToken(tokenSecret, card, newSecret(6)), last4: number.slice(-4), brand: brandOf(number) };
    },

    async charge({ body: { key, reference, amount, token, capture }, signal }) {
      const { decline = null, answerAfterMs = 0, hangs, webhooksAfterMs = [] } = behaviour(token);
      const status = decline ? "declined" : capture ? "succeeded" : "authorized";
      const charge: NewCharge = {
        chargeId: `ch_${newId()}`,
        key,
        reference,
        status,
        declineReason: decline,
        amount: amount.amount,
        currency: amount.currency,
        captured: status === "succeeded" ? amount.amount : 0,
        now: now(),
      };
      const made =
        webhooksAfterMs.length === 0
          ? await charges.insert(charge)
          : await db.tx((tx) => chargeAndNotify(tx, charge, webhooksAfterMs));
      if (!made) return again(key);
      if (answerAfterMs > 0) await sleep(clock, answerAfterMs, signal);
      // The money is taken and the answer never comes: the caller's deadline ends this.
      if (hangs)
        await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
      return view(made);
    },

    async find({ params: { key } }) {
      return { charge: visible(await charges.find(key)) };
    },

    giveBack: ({ params: { key }, body: { refundKey, amount } }) =>
      db.tx(async (tx) => {
        if (await barKey(tx, { chargeId: `ch_${newId()}`, key, now: now() })) return { charge: null };
        const charge = await lock(tx, key);
        if (charge?.status === "authorized") await setVoided(tx, key, now());
        if (charge?.status === "succeeded") await refund(tx, charge, refundKey, amount);
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
    await insertWebhooks(tx, charge.key, due);
    return made;
  }

  /** The same key, asked again: the same answer, whatever the card would do today. */
  async function again(key: string) {
    const charge = await charges.find(key);
    if (!charge) throw new Error("a charge that exists was not found");
    return visible(charge) ?? refuse(key);
  }

  async function refund(
    tx: Tx,
    { key, captured, refunded }: StoredCharge,
    refundKey: string,
    part: number | undefined,
  ) {
    const refundable = captured - refunded;
    const amount = part ?? refundable;
    if (amount === 0) return;
    if (!(await insertRefund(tx, { refundKey, key, amount, now: now() }))) return;
    if (amount > refundable) throw errors.RefundTooLarge({ requested: amount, refundable });
    await setRefunded(tx, key, amount, now());
  }
}

function refuse(key: string): never {
  throw errors.Barred({ key });
}

/** A barred key is nobody's charge. */
const visible = (charge: StoredCharge | undefined) => (charge && charge.reference !== "" ? view(charge) : null);

function view({ declineReason, position: _, ...charge }: StoredCharge) {
  return declineReason ? { ...charge, declineReason } : charge;
}
