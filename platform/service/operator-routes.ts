import type { Handlers } from "@souk/http";
import type { Consumer, Outbox } from "@souk/messaging";
import type { SagaOperators } from "@souk/saga";
import type { operatorContract } from "./operator-contract.ts";

type Deps = { readonly sagas: SagaOperators; readonly consumer: Consumer; readonly outbox: Outbox };

/** Only the shape of HTTP: what each does, and what it refuses, is said where it is done. */
export function operatorRoutes({ sagas, consumer, outbox }: Deps): Handlers<ReturnType<typeof operatorContract>> {
  const { deadLetters } = consumer;
  return {
    async listSagas({ query: { limit = 100, ...query } }) {
      const [found, open] = await Promise.all([sagas.list({ ...query, limit }), sagas.counts()]);
      return { sagas: found.map(mutable), open };
    },
    async showSaga({ params }) {
      const saga = await sagas.show(params.id);
      return { ...mutable(saga), history: [...saga.history] };
    },
    async retrySaga({ params, body }) {
      await sagas.retry(params.id, body.actor);
      return {};
    },
    async skipSagaStep({ params, body }) {
      await sagas.skip(params.id, body.step, body.actor, body.why);
      return {};
    },
    async compensateSaga({ params, body }) {
      await sagas.compensate(params.id, body.actor, body.why);
      return {};
    },

    async listDeadLetters({ query: { page = 1, limit = 100, type } }) {
      const { data, total } = await deadLetters.list({ page, limit, ...(type !== undefined && { type }) });
      return { letters: data, total };
    },
    async showDeadLetter({ params }) {
      const letter = await deadLetters.show(params.id);
      return { ...letter, audit: [...letter.audit] };
    },
    async editDeadLetter({ params, body }) {
      await deadLetters.edit(params.id, body.data, body.actor);
      return {};
    },
    tryDeadLetter: ({ params, body }) => deadLetters.dryRun(params.id, body.actor),
    redriveDeadLetter: ({ params, body }) => deadLetters.redrive(params.id, body.actor),
    redriveDeadLetters: ({ body: { actor, type } }) =>
      deadLetters.redriveAll(actor, type === undefined ? {} : { type }),
    async discardDeadLetter({ params, body }) {
      await deadLetters.discard(params.id, body.actor, body.why);
      return {};
    },

    async showOutbox() {
      const [out, parked] = await Promise.all([outbox.stats(), consumer.stats()]);
      return { ...out, ...parked };
    },
  };
}

/** The contract's types have no read-only lists. */
const mutable = <S extends { readonly steps: readonly string[] }>(saga: S) => ({ ...saga, steps: [...saga.steps] });
