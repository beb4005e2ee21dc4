import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { commandClock } from "../clock.ts";
import { homeAt, makeHome } from "../state/home.ts";
import { createFleet } from "./fleet.ts";
import { launchPostgres, probePostgres } from "./postgres-process.ts";
import { defaultPolicy, type ProcessStatus } from "./supervised.ts";

test("PostgreSQL that is killed comes back on its port; a supervisor that is killed leaves it to the next", async () => {
  const home = homeAt(await mkdtemp(join(tmpdir(), "souk-postgres-")));
  await makeHome(home);
  const ready: ProcessStatus[] = [];
  const errors: unknown[] = [];
  let cameBack = Promise.withResolvers<ProcessStatus>();
  const make = () => {
    const adopted: boolean[] = [];
    const fleet = createFleet({
      home,
      clock: commandClock,
      policy: { ...defaultPolicy, backoffMs: 1, probeEveryMs: 20 },
      onChange(change, status) {
        if (change.kind !== "ready") return;
        ready.push(status);
        cameBack.resolve(status);
      },
    });
    const launch = launchPostgres({
      dataDir: home.postgres,
      password: "for this test",
      clock: commandClock,
      onStarted: (postgres) => adopted.push(postgres.adopted),
      onFailed: (error) => errors.push(error),
    });
    const start = () => fleet.start([{ name: "postgres", instance: "postgres", launch, probe: probePostgres }]);
    return { fleet, start, adopted };
  };
  const first = make();
  try {
    await first.start();
    const [before] = ready;
    assert.ok(before?.pid !== undefined && before.port !== undefined);
    assert.equal(await probePostgres(before.port), "ready");
    assert.equal(await readFile(home.registry, "utf8"), "{}", "no service is to speak to it as to a neighbour");

    process.kill(before.pid, "SIGSTOP");
    assert.equal(await probePostgres(before.port, 50), "silent", "its port is open, but nobody is at home");
    process.kill(before.pid, "SIGCONT");

    cameBack = Promise.withResolvers();
    process.kill(before.pid, "SIGKILL");
    const after = await cameBack.promise;
    assert.equal(after.port, before.port);
    assert.notEqual(after.pid, before.pid);
    assert.equal(after.restarts, 1);

    const second = make();
    await second.start();
    assert.deepEqual(second.adopted, [true]);
    assert.equal(second.fleet.processes()[0]?.pid, after.pid);
    await Promise.all([second.fleet.stop(), first.fleet.stop()]);
    assert.equal(await probePostgres(before.port), "silent");
    assert.deepEqual(errors, []);
  } finally {
    first.fleet.kill();
    await rm(home.dir, { recursive: true, force: true });
  }
});
