import type { Sagas } from "@souk/saga";

/**
 * A service's sagas are made by its wiring, which is given the means to start them: so these come first and are joined to
 * the runner when it knows the sagas.
 */
export function lateSagas(): Sagas & { join(runner: Sagas): void } {
  let joined: Sagas | undefined;
  const runner = () => {
    if (!joined) throw new Error("sagas cannot be started while the service is being wired");
    return joined;
  };
  return {
    join(runner) {
      joined = runner;
    },
    start: (...given) => runner().start(...given),
    signal: (...given) => runner().signal(...given),
    cancel: (...given) => runner().cancel(...given),
  };
}
