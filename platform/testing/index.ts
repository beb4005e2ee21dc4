export { type FakeClock, fakeClock, seededChance, sequentialIds } from "./clock.ts";
export { type TestDatabase, testDatabase } from "./database.ts";
export { given } from "./given.ts";
export { type FakeCall, type FakeNeighbour, type FakeNeighbours, type Fakes, fakeNeighbours } from "./neighbours.ts";
export { passingTime, passingTimeFor } from "./passing-time.ts";
export { type Rehearsal, rehearse } from "./rehearse.ts";
export type { StartForTest, TestService } from "./service.ts";
export { startForTest } from "./start-for-test.ts";
export type { CallRefused } from "./test-calls.ts";
