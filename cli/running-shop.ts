import { Failure } from "./failure.ts";
import type { Home } from "./state/home.ts";
import { livingSupervisor, type SupervisorRecord } from "./supervisor/record.ts";

const howToStart = "Start it: souk up";

/** @throws Failure when the shop does not run */
export async function runningSupervisor(home: Home): Promise<SupervisorRecord> {
  const supervisor = await livingSupervisor(home);
  if (supervisor === undefined) throw new Failure("Souk is not running.", howToStart);
  return supervisor;
}

/** The gateway's address. @throws Failure when there is none to speak to */
export async function gatewayAddress(home: Home): Promise<string> {
  const { address } = await runningSupervisor(home);
  if (address === undefined) throw new Failure("Souk is not ready, or runs without its gateway.", "See: souk status");
  return address;
}
