import { cardSimulator } from "@souk/card-simulator/contract";
import { type Instant, ServiceError } from "@souk/kernel";
import { fakeNeighbours } from "@souk/testing";

type Booked = {
  chargeId: string;
  key: string;
  reference: string;
  status: "authorized" | "succeeded" | "declined" | "voided";
  declineReason?: "card_declined";
  amount: number;
  currency: string;
  captured: number;
  refunded: number;
  dispute?: { disputeId: string; status: "open" | "won" | "lost"; amount: number; reason: string };
  createdAt: string;
  updatedAt: string;
};

/** A card provider in memory that keeps the promises of the real one: one key, one charge; a key given back unused is barred. */
export function fakeProvider(now: () => Instant = () => "2030-01-01T12:00:00.000Z") {
  const charges = new Map<string, Booked>();
  const barred = new Set<string>();
  const refunds = new Set<string>();
  const captures = new Set<string>();
  const changed: Booked[] = [];
  const moved = (charge: Booked) => {
    charge.updatedAt = now();
    changed.push(charge);
    return charge;
  };
  /** As a bank does by itself, or as it is asked to. */
  const letGo = (charge: Booked) => {
    charge.status = charge.captured > 0 ? "succeeded" : "voided";
    return moved(charge);
  };
  /** While it is there, a charge waits for it before the money is taken. */
  const gate: { open?: Promise<void> } = {};

  const neighbours = fakeNeighbours(
    { simulator: cardSimulator },
    {
      simulator: {
        tokenize: ({ body }) => ({ token: "tok_1", last4: body.number.slice(-4), brand: "visa" }),
        async charge({ body: { key, reference, amount, token, capture } }) {
          await gate.open;
          const known = charges.get(key);
          if (known) return known;
          if (barred.has(key)) throw new ServiceError("card-simulator.barred", "failed_precondition", "given back");
          const declined = token === "tok_declined";
          const charge: Booked = {
            chargeId: `ch_${charges.size + 1}`,
            key,
            reference,
            ...(declined
              ? { status: "declined", declineReason: "card_declined", captured: 0 }
              : capture
                ? { status: "succeeded", captured: amount.amount }
                : { status: "authorized", captured: 0 }),
            amount: amount.amount,
            currency: amount.currency,
            refunded: 0,
            createdAt: now(),
            updatedAt: now(),
          };
          charges.set(key, charge);
          changed.push(charge);
          return charge;
        },
        capture({ params: { key }, body: { captureKey, amount } }) {
          const charge = charges.get(key);
          if (charge?.status !== "authorized")
            throw new ServiceError("card-simulator.not_open", "failed_precondition", "nothing is reserved");
          if (captures.has(captureKey)) return { charge };
          captures.add(captureKey);
          charge.captured += amount;
          if (charge.captured === charge.amount) charge.status = "succeeded";
          return { charge: moved(charge) };
        },
        find: ({ params: { key } }) => ({ charge: charges.get(key) ?? null }),
        giveBack({ params: { key }, body: { refundKey, amount } }) {
          const charge = charges.get(key);
          if (!charge) {
            barred.add(key);
            return { charge: null };
          }
          if (amount === undefined && charge.status === "authorized") letGo(charge);
          const part = amount ?? charge.captured - charge.refunded;
          if (part > 0 && !refunds.has(refundKey)) {
            refunds.add(refundKey);
            charge.refunded += part;
            moved(charge);
          }
          return { charge };
        },
        book: ({ query: { after = 0 } }) => ({ charges: changed.slice(after), next: changed.length }),
      },
    },
  );
  /** What the provider holds for an order, in minor units. */
  const kept = (orderId: string) => {
    const { captured = 0, refunded = 0 } = charges.get(`charge:${orderId}`) ?? {};
    return captured - refunded;
  };
  const isVoided = (orderId: string) => {
    const charge = charges.get(`charge:${orderId}`);
    if (charge) letGo(charge);
  };
  return { ...neighbours, charges, changed, gate, kept, isVoided };
}
