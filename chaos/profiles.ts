import { fullDisk, killedPostgres, lostCommits } from "./faults/database.ts";
import type { Experiment } from "./faults/experiment.ts";
import { everyEdge, lostAnswers, partition, strangeWebhooks } from "./faults/network.ts";
import { clockSkew, labelledCrashes, pausedProcess, randomKills, rollingRestart } from "./faults/processes.ts";
import { twoVersions } from "./faults/versions.ts";

/** Experiments that run at the same time, each for so many seconds. */
export type Round = readonly (readonly [Experiment, number])[];

export type Profile = {
  readonly lanes: number;
  /** Between two operations of a lane, on average, in ms. */
  readonly thinkMs: number;
  /** Load without a fault, before and after, in seconds. */
  readonly steadySeconds: number;
  readonly calmSeconds: number;
  /** After the load an operator asks waiting sagas to go on, who would do so within a minute by themselves. */
  readonly hurryAfterSeconds: number;
  /** Between two rounds, once everything is ready again, in seconds. */
  readonly pauseSeconds: number;
  readonly rounds: readonly Round[];
};

export const profileNames = ["short", "default", "long"] as const;
export type ProfileName = (typeof profileNames)[number];

/** @param minutes for `long`  @param ref the other version for the experiment with two of them */
export function profileOf(name: ProfileName, minutes: number, ref: string | undefined): Profile {
  const quick = { lanes: 5, thinkMs: 60 };
  switch (name) {
    case "short":
      return {
        ...quick,
        steadySeconds: 2,
        calmSeconds: 3,
        hurryAfterSeconds: 4,
        pauseSeconds: 0,
        rounds: [
          [[labelledCrashes, 14]],
          [
            [pausedProcess, 11],
            [everyEdge, 7],
            [lostAnswers, 2],
            [strangeWebhooks, 3],
            [clockSkew, 5],
          ],
          [
            [partition, 3],
            [randomKills, 1.5],
            [fullDisk, 1.2],
            [lostCommits, 2],
          ],
          [[killedPostgres, 1]],
        ],
      };
    case "default":
      return {
        ...quick,
        steadySeconds: 15,
        calmSeconds: 20,
        hurryAfterSeconds: 75,
        pauseSeconds: 4,
        rounds: wholeSet(ref),
      };
    case "long":
      return {
        ...quick,
        steadySeconds: 30,
        calmSeconds: 60,
        hurryAfterSeconds: 75,
        pauseSeconds: 5,
        // A whole set takes some nine minutes; chance goes on, so that no two are the same.
        rounds: Array.from({ length: Math.max(1, Math.round(minutes / 9)) }, () => wholeSet(ref)).flat(),
      };
  }
}

/** Each alone first, so that its effect can be told from the others', then several together. */
const wholeSet = (ref: string | undefined): Round[] => [
  [[labelledCrashes, 40]],
  [[randomKills, 25]],
  [[pausedProcess, 27]],
  [[lostCommits, 15]],
  [[killedPostgres, 20]],
  [[lostAnswers, 10]],
  [[strangeWebhooks, 12]],
  [[everyEdge, 45]],
  [[partition, 20]],
  [[clockSkew, 20]],
  [[fullDisk, 6]],
  [[rollingRestart, 30]],
  [[twoVersions(ref), 25]],
  [
    [everyEdge, 25],
    [randomKills, 12],
    [lostAnswers, 8],
  ],
  [
    [labelledCrashes, 30],
    [clockSkew, 15],
    [strangeWebhooks, 12],
  ],
];
