/** Loaded when it is called: it brings the whole chassis, which the test of a rule should not wait for. */
export const startForTest: typeof import("./service.ts").startForTest = async (...given) =>
  (await import("./service.ts")).startForTest(...given);
