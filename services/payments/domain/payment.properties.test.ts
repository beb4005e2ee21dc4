import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { begun, type Charge, compare, type Dispute, dispute, type Fact, follow, type Payment } from "./payment.ts";

const amount = 1_000;
type Provider = {
  status: Charge["status"];
  captured: number;
  refunded: number;
  dispute: Dispute | undefined;
};
type Step =
  | { readonly type: "answer"; readonly isMet: boolean }
  | { readonly type: "capture" | "refund"; readonly share: number }
  | { readonly type: "let go" | "expire" | "dispute" | "win" | "lose" };

/** The simplest provider that keeps the rules of one: what it allows happens, and nothing else does. */
function happen(at: Provider, step: Step, automatic: boolean): Provider {
  const reserved = at.status === "authorized" ? amount - at.captured : 0;
  const disputed = at.dispute && at.dispute.status !== "won" ? at.dispute.amount : 0;
  const left = at.captured - at.refunded - disputed;
  switch (step.type) {
    case "answer":
      if (at.status !== "requires_action") return at;
      if (!step.isMet) return { ...at, status: "declined" };
      return automatic ? { ...at, status: "succeeded", captured: amount } : { ...at, status: "authorized" };
    case "capture": {
      const part = Math.ceil(reserved * step.share);
      if (part === 0) return at;
      return { ...at, captured: at.captured + part, status: part === reserved ? "succeeded" : "authorized" };
    }
    case "refund":
      return { ...at, refunded: at.refunded + Math.floor(left * step.share) };
    case "let go":
    case "expire": {
      const isOpen = reserved > 0 || at.status === "requires_action";
      const end = step.type === "expire" ? "expired" : "voided";
      return isOpen ? { ...at, status: at.captured > 0 ? "succeeded" : end } : at;
    }
    case "dispute":
      if (at.dispute || left <= 0) return at;
      return { ...at, dispute: { disputeId: "d", status: "open", amount: left, reason: "fraudulent" } };
    case "win":
    case "lose": {
      if (at.dispute?.status !== "open") return at;
      return { ...at, dispute: { ...at.dispute, status: step.type === "win" ? "won" : "lost" } };
    }
  }
}

const chargeOf = (at: Provider): Charge => ({ ...at, amount, currency: "EUR" });

/** Our books, as `recording.ts` keeps them. */
type Books = { payment: Payment; dispute: Dispute | undefined; facts: Fact[]; events: number; ledger: number };
function hear(before: Books, charge: Charge): Books {
  const books = hearCharge(before, charge);
  const { payment } = books;
  const disputed = charge.dispute && payment.captured > 0 ? dispute(payment, books.dispute, charge.dispute) : undefined;
  if (!disputed) return books;
  const { after, opened, closed } = disputed;
  const ledger = books.ledger - (opened?.amount ?? 0) + (closed?.status === "won" ? closed.amount : 0);
  const events = books.events + (opened ? 1 : 0) + (closed ? 1 : 0);
  return hearCharge({ ...books, payment: after, dispute: closed ?? opened, events, ledger }, charge);
}

function hearCharge(books: Books, charge: Charge): Books {
  const { after: payment, facts } = follow(books.payment, charge);
  assert.ok(payment.refunded + payment.disputed <= payment.captured, "the database refuses anything else");
  const moved = facts.map((fact) =>
    fact.type === "captured" ? fact.amount : fact.type === "refunded" ? -fact.amount : 0,
  );
  const told = facts.map((fact) => (fact.type === "captured" && fact.part ? 2 : 1));
  const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);
  return {
    ...books,
    payment,
    facts: [...books.facts, ...facts],
    events: books.events + sum(told),
    ledger: books.ledger + sum(moved),
  };
}

const share = fc.integer({ min: 0, max: 10 }).map((tenths) => tenths / 10);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ type: fc.constant("answer" as const), isMet: fc.boolean() }),
  fc.record({ type: fc.constantFrom("capture" as const, "refund" as const), share }),
  fc.record({ type: fc.constantFrom("let go" as const, "expire" as const, "dispute" as const) }),
  fc.record({ type: fc.constantFrom("win" as const, "lose" as const) }),
);
const life = fc.record({
  begins: fc.constantFrom<Charge["status"]>("requires_action", "authorized", "succeeded", "declined"),
  automatic: fc.boolean(),
  steps: fc.array(step, { maxLength: 12 }),
  /** Which of what the provider said is heard, in this order: late, twice, or never. */
  heard: fc.array(fc.nat({ max: 11 }), { maxLength: 20 }),
});

const ends: ReadonlySet<string> = new Set(["declined", "voided", "expired"]);

test("whatever happens to a charge, and in whatever order it is heard of, the books are right in between and agree at the end", () => {
  fc.assert(
    fc.property(life, ({ begins, automatic, steps, heard }) => {
      const first: Provider = {
        status: begins,
        captured: begins === "succeeded" ? amount : 0,
        refunded: 0,
        dispute: undefined,
      };
      const said = [first];
      for (const one of steps) said.push(happen(said.at(-1) ?? first, one, automatic));
      const last = said.at(-1) ?? first;

      let books: Books = {
        payment: begun("p", "o", { amount, currency: "EUR" }, "simulator", null),
        dispute: undefined,
        facts: [],
        events: 0,
        ledger: 0,
      };
      for (const at of [...heard.map((n) => said[n % said.length] ?? first), last]) {
        const before = books.payment;
        books = hear(books, chargeOf(at));
        const { captured, refunded, disputed, reserved, status, version } = books.payment;
        assert.ok(captured >= before.captured && refunded >= before.refunded, "money that moved has moved");
        assert.ok(refunded + disputed <= captured && captured + reserved <= amount, "never more than there is");
        assert.equal(books.ledger, captured - refunded - disputed, "the ledger is the sum of what happened");
        assert.equal(version, books.events, "every event has its number");
        if (ends.has(before.status)) assert.equal(status, before.status, "an end is final");
        if (ends.has(status)) assert.equal(captured + reserved, 0);
      }
      assert.equal(compare(books.payment, chargeOf(last)), undefined);
      const named = books.facts.filter(({ type }) => ends.has(type));
      assert.ok(named.length <= 1, "it ends once");
      assert.ok(books.facts.filter(({ type }) => type === "authenticated").length <= 1);
    }),
    { numRuns: 2_000, seed: 20_261_121 },
  );
});
