import { usageFailure } from "./failure.ts";
import { nearest } from "./nearest.ts";

/** What the word behind a command means: `souk sagas show`. @throws Failure with the nearest word */
export function chooseAction<A>(command: string, typed: string, actions: Readonly<Record<string, A>>): A {
  const action = Object.hasOwn(actions, typed) ? actions[typed] : undefined;
  if (action !== undefined) return action;
  const meant = nearest(typed, Object.keys(actions));
  throw usageFailure(
    `souk ${command} cannot "${typed}".`,
    meant === undefined ? `See: souk ${command} --help` : `Did you mean: souk ${command} ${meant}`,
  );
}
