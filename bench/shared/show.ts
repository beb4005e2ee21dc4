import type { Result } from "./record.ts";

/** For the person who has just measured. */
export function show({ bench, figures, calibration }: Result): void {
  console.log(`\n${bench}`);
  const width = Math.max(...figures.map(({ name }) => name.length));
  for (const { name, unit, value, rounds } of figures)
    console.log(`  ${name.padEnd(width)}  ${value} ${unit}${rounds.length > 1 ? `  (${rounds.join(", ")})` : ""}`);
  for (const { loopMs, commitsPerSecond } of calibration)
    console.log(`  calibration: loop ${loopMs} ms${commitsPerSecond ? `, ${commitsPerSecond} commits/s` : ""}`);
}
