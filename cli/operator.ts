import { readFile } from "node:fs/promises";
import { createIdentity, createMesh, fileRegistry, type Mesh } from "@souk/mesh";
import { createTelemetry } from "@souk/telemetry";
import { commandClock } from "./clock.ts";
import type { Home } from "./state/home.ts";
import { identityFile, operator } from "./state/identities.ts";

/** Clients of the running services that prove to be the operator's. Close it, or the program does not end. */
export async function operatorMesh(home: Home): Promise<Mesh> {
  const telemetry = createTelemetry({
    service: operator,
    version: "",
    instance: operator,
    environment: "production",
    env: { sampleRatio: 0, logLevel: "error" },
  });
  const privateKeyJwk = JSON.parse(await readFile(identityFile(home, operator), "utf8"));
  return createMesh({
    caller: operator,
    discovery: fileRegistry({ path: home.registry, clock: commandClock, log: telemetry.log }),
    identity: createIdentity({ service: operator, privateKeyJwk, clock: commandClock }),
    clock: commandClock,
    chance: Math.random,
    log: telemetry.log,
    telemetry,
  });
}
