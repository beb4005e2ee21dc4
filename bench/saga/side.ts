/** One way to run the same saga: what `one` has started is over, and durable, when it resolves. */
export type Side = {
  readonly name: string;
  readonly one: () => Promise<void>;
  readonly close: () => Promise<void>;
};
