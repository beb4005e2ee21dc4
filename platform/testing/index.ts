export { type FakeClock, fakeClock, seededChance, sequentialIds } from "./clock.ts";
export { type TestDatabase, testDatabase } from "./database.ts";
export { given } from "./given.ts";
export { type FakeCall, type FakeNeighbour, type FakeNeighbours, type Fakes, fakeNeighbours } from "./neighbours.ts";
