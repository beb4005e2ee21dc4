import { createEventStore, type Projector, startProjector } from "@souk/event-store";
import { instant } from "@souk/kernel";
import { createMesh, type Discovery } from "@souk/mesh";
import { createOutbox } from "@souk/messaging";
import { createSagaRunner } from "@souk/saga";
import { seededChance } from "../../../platform/testing/clock.ts";
import type { Process } from "../../../platform/testing/simulation/process.ts";
import { hashOf } from "../../../platform/testing/simulation/trace.ts";
import { meshTelemetry } from "../mesh-telemetry.ts";
import { bank, checkoutSaga, orderStream, orderView, stock, told } from "./checkout.ts";
import type { Stage } from "./stage.ts";

/** What of the chassis a scenario is about; the rest is not started. */
export type Parts = {
  readonly sagas: boolean;
  readonly letters: boolean;
  readonly view: boolean;
  /** Letters go over our own log instead of the modelled bus. */
  readonly log: boolean;
  /** So many orders at once, and neighbours that nobody reaches for a while: enough calls for circuits to open. Default a few. */
  readonly crowd?: number;
};

export type Seller = {
  /** Resolves when the order is there, whoever made it. */
  readonly place: (orderId: string) => Promise<void>;
  /** Each time it is asked something happens. */
  readonly touch: (orderId: string) => Promise<unknown>;
  readonly cancel: (orderId: string) => Promise<boolean>;
};

export const sellerTables =
  "create table order_view (order_id text primary key, status text not null, events integer not null);";

/** A replica of the service that takes orders: outbox, event store, projector, sagas and calls as they are. */
export function startSeller(stage: Stage, process: Process, lives: number, discovery: Discovery, parts: Parts): Seller {
  const { clock } = process;
  const { newId } = stage;
  const chance = seededChance(stage.seed ^ hashOf(process.name) ^ lives);
  const telemetry = meshTelemetry(stage.trace, process.name);
  const { log } = telemetry;
  const db = stage.postgres.open(process, "seller", chance);
  const now = () => instant(clock.now());
  const outbox = createOutbox({
    db,
    source: "seller",
    transport: stage.transport(process),
    clock,
    chance,
    newId,
    log,
  });
  let projector: Projector | undefined;
  const events = createEventStore({ db, now, onAppend: () => projector?.wake() });
  const orders = events.of(
    orderStream((appended, _, tx) =>
      outbox.publishAll(
        tx,
        appended.map(({ streamId, version, event: { type } }) => ({
          event: told[type],
          subject: streamId,
          sequence: version,
          data: {},
        })),
      ),
    ),
  );
  const selling = parts.sagas ? sell() : undefined;

  const work = () => {
    if (parts.letters) outbox.start();
    if (parts.view) projector = startProjector([orderView], { db, clock, chance, pollMs: 1_000 });
  };
  // As the service's own start: a process that cannot reach its database ends, and is started again.
  if (selling) selling.sagas.run().then(work, () => process.kill());
  else work();
  return {
    place: (orderId) =>
      db.tx(async (tx) => {
        const { appended } = await orders.executeIn(tx, orderId, { type: "place" });
        if (appended.length > 0) await selling?.sagas.start(tx, selling.checkout, orderId, { orderId });
      }),
    touch: (orderId) => orders.execute(orderId, { type: "touch" }),
    cancel: async (orderId) =>
      selling !== undefined &&
      db.tx((tx) =>
        selling.sagas.cancel(tx, orderId, { code: "order.cancelled", message: "The customer thought better of it." }),
      ),
  };

  function sell() {
    const mesh = createMesh({
      caller: "seller",
      discovery,
      clock,
      chance,
      log,
      telemetry,
      connect: (url) => stage.network.connect(process, url),
    });
    const checkout = checkoutSaga({ stock: mesh.client(stock), bank: mesh.client(bank) }, orders.executeIn);
    const sagas = createSagaRunner({ db, sagas: [checkout], owner: process.name, clock, chance, newId, log });
    return { sagas, checkout };
  }
}
