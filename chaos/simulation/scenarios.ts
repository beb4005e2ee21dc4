import type { Scenario } from "./scenario.ts";

/** From the quickest to the one that runs whole services. */
export const scenarioNames = ["view", "letter", "saga", "rush", "log", "order", "shop"] as const;
export type ScenarioName = (typeof scenarioNames)[number];

/** Loads what is simulated only now: a mutant changes modules while they are loaded. */
export async function loadScenario(name: ScenarioName): Promise<Scenario> {
  if (name === "shop") return (await import("./shop-scenario.ts")).shopScenario;
  return (await import("./chassis/order-scenario.ts")).chassisScenarios[name];
}
