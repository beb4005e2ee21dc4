export { type FakeClock, fakeClock, seededChance, sequentialIds } from "./clock.ts";
export { type TestDatabase, testDatabase } from "./database.ts";
export { given } from "./given.ts";
