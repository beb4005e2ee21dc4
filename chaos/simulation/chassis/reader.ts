import { createConsumer, type Handler, type Subscriptions } from "@souk/messaging";
import { seededChance } from "../../../platform/testing/clock.ts";
import type { Process } from "../../../platform/testing/simulation/process.ts";
import { hashOf } from "../../../platform/testing/simulation/trace.ts";
import { meshTelemetry } from "../mesh-telemetry.ts";
import { told } from "./checkout.ts";
import type { Stage } from "./stage.ts";

export const readerTables = `
  create table effects (
    position bigint generated always as identity primary key, subject text not null, sequence bigint not null, type text not null);`;

/** What a reader is subscribed to. */
export const readTypes = Object.values(told).map(({ type }) => type);

/** A replica of a service that writes a row for each event it hears of, and fails now and then. */
export function startReader(stage: Stage, process: Process, lives: number): void {
  const { clock } = process;
  const chance = seededChance(stage.seed ^ hashOf(process.name) ^ lives);
  const fails = stage.faults.site("throw reader");
  const handle: Handler = async ({ subject, sequence, type }, tx) => {
    void tx`insert into effects (subject, sequence, type) values (${subject}, ${sequence}, ${type})`.catch(() => {});
    if (fails.happens()) throw new Error("the handler has failed");
  };
  const handlers: Subscriptions = Object.fromEntries(
    Object.values(told).map((event) => [event.type, { event, handle, gapless: true }]),
  );
  const consumer = createConsumer({
    db: stage.postgres.open(process, "reader", chance),
    subscriber: "reader",
    handlers,
    transport: stage.transport(process),
    clock,
    chance,
    log: meshTelemetry(stage.trace, process.name).log,
  });
  void consumer.start();
}
