type Line = {
  readonly sku: string;
  readonly quantity: number;
  readonly condition?: string;
  readonly unitAmount?: number;
};
/** As stored; of each type only what is looked at. */
export type OrderEvent = {
  readonly type: string;
  readonly order?: { readonly lines: readonly Line[]; readonly totals: { readonly total: number } };
  readonly payment?: string;
  readonly captured?: number;
  readonly refunded?: number;
  readonly outcome?: string;
  readonly parcel?: { readonly lines: readonly Line[] };
  readonly returnId?: string;
  readonly refundId?: string;
  readonly lines?: readonly Line[];
  readonly forgone?: readonly Line[];
  readonly value?: number;
  readonly amount?: number;
};

type Units = Map<string, number>;
type Return = {
  status: string;
  amount: number;
  asked: readonly Line[];
  received: readonly Line[];
  owed: number;
  refundId?: string;
};
type Refund = { status: string; amount: number; returnId?: string };

/** What an order has come to. */
export type Story = {
  readonly ordered: Units;
  readonly shipped: Units;
  readonly delivered: Units;
  /** Never sent, and back on the shelf. */
  readonly heldBack: Units;
  /** Never sent, and had not come into stock. */
  readonly forgone: Units;
  /** Whether the card let go of the money, and what of it had left unpaid: that is claimed until it is paid another way or written off. */
  readonly lapse: Readonly<Record<"unpaid" | "claimed" | "paidOtherwise" | "writtenOff", number>> | undefined;
  readonly returns: ReadonlyMap<string, Return>;
  readonly refunds: ReadonlyMap<string, Refund>;
};

/**
 * Folds an order's events a second time, in the plainest way and without the service's own rules: two that agree are wrong together
 * or right.
 */
export function storyOf(events: readonly OrderEvent[]): Story {
  const [ordered, shipped, delivered]: [Units, Units, Units] = [new Map(), new Map(), new Map()];
  const [heldBack, forgone]: [Units, Units] = [new Map(), new Map()];
  let [lines, lapsed]: [readonly Line[], boolean] = [[], false];
  let [claimed, paidOtherwise, writtenOff] = [0, 0, 0];
  const returns = new Map<string, Return>();
  const refunds = new Map<string, Refund>();
  let [total, captured, refunded, disputed] = [0, 0, 0, false];
  const promised = () => [...refunds.values()].reduce((sum, r) => sum + (r.status === "granted" ? r.amount : 0), 0);
  const left = () => (disputed ? 0 : Math.max(0, captured - refunded - promised()));
  const changeRefund = (id: string, status: string) => {
    const refund = refunds.get(id);
    if (refund) refund.status = status;
  };

  for (const event of events) {
    const { returnId = "", refundId = "", lines: units = [] } = event;
    const found = returns.get(returnId);
    switch (event.type) {
      case "placed":
        lines = event.order?.lines ?? [];
        count(ordered, lines);
        total = event.order?.totals.total ?? 0;
        break;
      case "confirmed":
        if (event.payment === "captured") captured = total;
        break;
      case "captured":
        captured = event.captured ?? 0;
        break;
      case "dispute opened":
        disputed = true;
        break;
      case "dispute closed":
        disputed = event.outcome !== "won";
        break;
      case "refunded":
        refunded = event.refunded ?? 0;
        break;
      case "rest cancelled":
        captured = event.captured ?? 0;
        count(heldBack, units);
        count(
          heldBack,
          (event.forgone ?? []).map(({ sku, quantity }) => ({ sku, quantity: -quantity })),
        );
        count(forgone, event.forgone);
        break;
      case "payment lapsed":
        captured = event.captured ?? 0;
        lapsed = true;
        break;
      case "claim raised":
        claimed = event.amount ?? 0;
        break;
      case "claim paid":
        paidOtherwise += event.amount ?? 0;
        break;
      case "claim written off":
        writtenOff += event.amount ?? 0;
        break;
      case "dispatched":
        count(shipped, event.parcel?.lines);
        break;
      case "delivered":
        count(delivered, event.parcel?.lines);
        break;
      case "return requested":
        returns.set(returnId, { status: "requested", amount: 0, asked: units, received: [], owed: 0 });
        break;
      case "return approved":
        if (found) found.status = "approved";
        break;
      case "return rejected":
        if (found) found.status = "rejected";
        break;
      case "return received": {
        const value = event.value ?? 0;
        if (found)
          Object.assign(found, { status: "received", amount: value, received: units, owed: Math.min(value, left()) });
        break;
      }
      case "exchange ordered":
        // It is paid for with what came back.
        if (found) found.owed -= event.amount ?? 0;
        break;
      case "refund granted":
        refunds.set(refundId, { status: "granted", amount: event.amount ?? 0, ...(returnId && { returnId }) });
        if (found) found.refundId = refundId;
        break;
      case "refund executed": {
        changeRefund(refundId, "executed");
        const paidFor = returns.get(refunds.get(refundId)?.returnId ?? "");
        if (paidFor) paidFor.status = "refunded";
        refunded = event.refunded ?? 0;
        break;
      }
      case "refund failed":
        changeRefund(refundId, "failed");
        break;
      case "refund retried":
        changeRefund(refundId, "granted");
        break;
    }
  }
  const unpaid = Math.max(0, worth(lines, shipped, total) - captured);
  const lapse = lapsed ? { unpaid, claimed, paidOtherwise, writtenOff } : undefined;
  return { ordered, shipped, delivered, heldBack, forgone, lapse, returns, refunds };
}

/** The part of the total that is what has left, by the prices of its units; all of it when everything has. */
function worth(lines: readonly Line[], shipped: Units, total: number): number {
  const priced = lines.map(({ sku, quantity, unitAmount = 0 }) => ({
    quantity,
    gone: shipped.get(sku) ?? 0,
    unitAmount,
  }));
  if (priced.every(({ quantity, gone }) => gone >= quantity)) return total;
  const sum = (of: (line: (typeof priced)[number]) => number) =>
    priced.reduce((n, line) => n + BigInt(of(line)) * BigInt(line.unitAmount), 0n);
  const all = sum(({ quantity }) => quantity);
  return all === 0n ? 0 : Number((BigInt(total) * sum(({ gone }) => gone)) / all);
}

/** Units of SKUs that are asked back and not refused, that came back, and that were written off. */
export function unitsBack({ returns }: Pick<Story, "returns">): Record<"requested" | "received" | "writtenOff", Units> {
  const [requested, received, writtenOff]: [Units, Units, Units] = [new Map(), new Map(), new Map()];
  for (const one of returns.values()) {
    const isOpen = one.status === "requested" || one.status === "approved";
    count(requested, isOpen ? one.asked : one.received);
    count(received, one.received);
    count(
      writtenOff,
      one.received.filter(({ condition }) => condition === "damaged"),
    );
  }
  return { requested, received, writtenOff };
}

export function count(units: Units, lines: readonly Line[] = []): void {
  for (const { sku, quantity } of lines) units.set(sku, (units.get(sku) ?? 0) + quantity);
}
