import assert from "node:assert/strict";
import { type Decider, ServiceError } from "@souk/kernel";

/** given(order, [placed, paid]).when(cancel).rejects(errors.AlreadyPaid) */
export const given = <C, S, E>(decider: Decider<C, S, E>, past: readonly NoInfer<E>[]) => ({
  when(command: C) {
    const decide = () => decider.decide(past.reduce<S>(decider.evolve, decider.initial), command);
    return {
      /** Exactly these events, in this order; none: the command changes nothing. */
      // biome-ignore lint/suspicious/noThenProperty: given-when-then is the field's name for this, and nobody awaits it
      then: (...expected: E[]): void => assert.deepEqual(decide(), expected),
      /** @param details compared when given */
      rejects: (error: { readonly code: string }, details?: unknown): void => {
        assert.throws(decide, (thrown) => {
          if (!(thrown instanceof ServiceError)) throw thrown; // a bug in the rules, not a refusal
          assert.equal(thrown.code, error.code);
          if (details !== undefined) assert.deepEqual(thrown.details, details);
          return true;
        });
      },
    };
  },
});
