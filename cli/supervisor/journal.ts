import { appendFileSync } from "node:fs";
import type { Clock } from "@souk/kernel";
import { instant } from "@souk/kernel";
import { logFile } from "../logs/files.ts";
import type { Home } from "../state/home.ts";

export const supervisorName = "supervisor";

/** The supervisor's own log: lines of the same shape as the services'. */
export type Journal = (
  level: "info" | "warn" | "error",
  message: string,
  fields?: Readonly<Record<string, string | number>>,
) => void;

export const openJournal =
  (home: Home, clock: Clock): Journal =>
  (level, message, fields = {}) => {
    const time = instant(clock.now());
    const line = JSON.stringify({ level, time, service: "souk", instance: supervisorName, message, ...fields });
    try {
      appendFileSync(logFile(home.logs, supervisorName), `${line}\n`, { mode: 0o600 });
    } catch {
      // A disk that is full: what the line tells of matters more than the line.
    }
  };
