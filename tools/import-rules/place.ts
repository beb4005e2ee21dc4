/** Where a file stands in the repository, which decides what it may import. */
export type Place = {
  readonly path: string;
  /** platform, services, apps, cli, … */
  readonly area: string;
  /** The folder below platform, services or apps: the chassis' module, the service, the app; else the area itself. */
  readonly unit: string;
  /** The path inside the unit. */
  readonly inside: string;
  /** Runs only under the test runner, or exists only for what does. */
  readonly test: boolean;
};

const nested = ["platform", "services", "apps", "ops"];
/** A test, a suite that several adapters pass, what tests share (`test-server.ts`, `fixture.ts`), the test kit, what a test starts. */
const testing = /(\.test\.tsx?$|-suite\.ts$|fixture\.ts$|(^|\/)test-[^/]+\.ts$|(^|\/)(testing|testdata)\/)/;

export function placeOf(path: string): Place {
  const [area = "", ...rest] = path.split("/");
  const unit = nested.includes(area) ? (rest.shift() ?? "") : area;
  return {
    path,
    area,
    unit,
    inside: rest.join("/"),
    test: testing.test(path) || ["e2e", "bench", "chaos"].includes(area),
  };
}
