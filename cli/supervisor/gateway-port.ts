import { freePort } from "@souk/kernel/free-port";
import { Failure } from "../failure.ts";
import { describeHolder, portHolder, portProblem } from "./port-holder.ts";

/**
 * The port that the gateway will listen on.
 * @param wanted 0 for any that is free  @throws Failure that names who holds it
 */
export async function gatewayPort(wanted: number): Promise<number> {
  if (wanted === 0) return freePort(Math.random);
  const problem = await portProblem(wanted);
  if (problem === undefined) return wanted;
  if (problem === "not allowed")
    throw new Failure(`Port ${wanted} needs more rights than this user has.`, "Choose one above 1023: --port 8080");
  const holder = describeHolder(await portHolder(wanted));
  throw new Failure(
    `Port ${wanted} is taken by ${holder}.`,
    `Stop it, or choose another port: --port ${wanted === 65_535 ? 8080 : wanted + 1}`,
  );
}
