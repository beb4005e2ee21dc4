/** State changes as pure data: no clock, no id generator, no I/O. (Chassaing's decider; the shape Emmett uses.) */
export type Decider<Command, State, Event> = {
  readonly initial: State;
  /** `[]` is the idempotent answer. @throws ServiceError when the rules forbid the command. */
  readonly decide: (state: State, command: Command) => Event[];
  readonly evolve: (state: State, event: Event) => State;
};

/** Turns a missed `case` into a type error and, should bad data get past the types, into an exception that names it. */
export function never(value: never): never {
  throw new Error(`unhandled case: ${JSON.stringify(value)}`);
}
