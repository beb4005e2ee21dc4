export * from "./clock.ts";
export * from "./crash-point.ts";
export * from "./decider.ts";
export * from "./errors.ts";
export * from "./html.ts";
export * from "./id.ts";
export * from "./money.ts";
