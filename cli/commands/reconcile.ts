import { orders } from "@souk/orders/contract";
import { payments } from "@souk/payments/contract";
import { chooseAction } from "../action.ts";
import type { Args, Options, Run } from "../command.ts";
import { usageFailure } from "../failure.ts";
import { type Io, printJson } from "../io.ts";
import { operatorMesh } from "../operator.ts";
import { runningSupervisor } from "../running-shop.ts";
import { homeOf } from "../state/home.ts";
import { table } from "../table.ts";

export const summary = "List where orders, payments, stock and the provider do not agree, and settle it";
export const usage = `souk reconcile [list]
souk reconcile settle ORDER-ID

The services compare their books all the time, and settle by themselves what they can. What is listed was there at two looks and is
not gone yet. settle takes the steps that a person has to decide on: gives an order's money or stock back, or sells it. Exits with 1
while anything is open.`;
export const options = {
  limit: { type: "number", value: "N", least: 1, most: 100, default: 100, describe: "at most so many of each list" },
} as const satisfies Options;
export const positionals = 2;

type Mesh = Awaited<ReturnType<typeof operatorMesh>>;
type Given = {
  readonly args: Args<typeof options>;
  readonly io: Io;
  readonly mesh: Mesh;
  readonly id: string | undefined;
};
type Difference = {
  readonly between: string;
  readonly kind: string;
  readonly orderId: string | null;
  readonly ours: string;
  readonly theirs: string;
  readonly foundAt: string;
};

export const run: Run<typeof options> = async (args, io) => {
  const [action = "list", id] = args.positionals;
  const act = chooseAction("reconcile", action, actions);
  const home = homeOf(io.env);
  await runningSupervisor(home);
  const mesh = await operatorMesh(home);
  try {
    return await act({ args, io, mesh, id });
  } finally {
    await mesh.close();
  }
};

const actions = { list, settle } satisfies Record<string, (given: Given) => Promise<number>>;
const patience = { timeoutMs: 10_000 };

async function list({ args: { options }, io, mesh }: Given): Promise<number> {
  const { limit } = options;
  const [books, charges] = await Promise.all([
    mesh.client(orders).reconciliation({ query: { limit } }, patience),
    mesh.client(payments).reconciliation({ query: { limit } }, patience),
  ]);
  const found: Difference[] = [
    ...books.data.map((one) => ({ between: "orders and payments or stock", ...one })),
    ...charges.data.map(({ paymentId: _, ...one }) => ({ between: "payments and provider", ...one })),
  ];
  const total = books.pagination.total + charges.pagination.total;
  if (options.json) printJson(io, { total, differences: found });
  else if (total === 0) io.out("Orders, payments, stock and the provider agree.");
  else show(io, found, total);
  return total === 0 ? 0 : 1;
}

function show(io: Io, found: readonly Difference[], total: number): void {
  const heading = ["BETWEEN", "WHAT", "ORDER", "OURS", "THEIRS", "SINCE"].map((word) => io.paint("dim", word));
  const rows = found.map(({ between, kind, orderId, ours, theirs, foundAt }) => [
    between,
    io.paint("red", kind),
    orderId ?? "-",
    ours,
    theirs,
    foundAt,
  ]);
  for (const line of table([heading, ...rows])) io.out(line.trimEnd());
  if (total > found.length) io.out(`${found.length} of ${total}; more with --limit`);
}

async function settle({ args: { options }, io, mesh, id }: Given): Promise<number> {
  if (id === undefined) throw usageFailure("Which order?", "Give its id; see: souk reconcile");
  const { settled } = await mesh.client(orders).settle({ params: { orderId: id } }, patience);
  if (options.json) printJson(io, { orderId: id, settled });
  else io.out(settled === 0 ? `Nothing was open of order ${id}.` : `${settled} settled of order ${id}.`);
  return 0;
}
