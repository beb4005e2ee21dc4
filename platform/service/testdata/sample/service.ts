import { defineErrors } from "@souk/kernel";
import { pivot, saga } from "@souk/saga";
import { env } from "../../env.ts";
import { defineService } from "../../types.ts";
import { sample } from "./contract.ts";
import { notes } from "./db/notes.ts";

const errors = defineErrors("sample", {
  NotFound: { status: "not_found", message: ({ id }: { id: string }) => `There is no note ${id}.` },
});

export default defineService({
  contract: sample,
  config: { greeting: env.string("GREETING", { default: "hello", describe: "What notes begin with" }) },
  calls: { sample },
  consumes: [sample.events.written],

  wire: ({ config, clients, db, publish, sagas, newId }) => {
    const stamping = saga<{ id: string }>("stamp-note", [
      pivot("stamp", async ({ id }) => void (await clients.sample.stamp({ params: { id } }))),
    ]);
    const find = async (id: string) => {
      const note = await notes(db).find(id);
      if (!note) throw errors.NotFound({ id });
      return note;
    };
    return {
      routes: {
        async write({ body, once }) {
          const id = newId();
          const text = `${config.greeting} ${body.text}`;
          return once(async (tx) => {
            await notes(tx).add(id, text);
            await publish(tx, sample.events.written, { subject: id, sequence: 1, data: { text } });
            await sagas.start(tx, stamping, id, { id });
            return { id, text, echoes: 0, stamped: false };
          });
        },
        read: ({ params }) => find(params.id),
        count: async () => ({ notes: await notes(db).count() }),
        async stamp({ params }) {
          await notes(db).stamp(params.id);
          return {};
        },
      },
      on: { "sample.written.v1": (event, tx) => notes(tx).echo(event.subject) },
      sagas: [stamping],
      tasks: [{ name: "sweep", everyMs: 50, run: () => notes(db).sweep() }],
    };
  },
});
