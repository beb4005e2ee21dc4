import type { TestEvent } from "node:test/reporters";

/** A reporter for `node --test`: one JSON object at the end, for programs. */
export default async function* summary(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const failures: { file: string | undefined; name: string; message: string }[] = [];
  for await (const event of events) {
    // A failed file repeats the failures of its tests; a test without tests inside is where it happened.
    if (event.type === "test:fail" && event.data.details.type !== "suite") {
      const { error } = event.data.details;
      failures.push({ file: event.data.file, name: event.data.name, message: String(error.cause ?? error.message) });
    }
    if (event.type === "test:summary" && event.data.file === undefined) {
      const { passed, skipped, todo, tests } = event.data.counts;
      const failed = tests - passed - skipped - todo;
      const durationMs = Math.round(event.data.duration_ms);
      yield `${JSON.stringify({ ok: event.data.success, tests, passed, failed, skipped, durationMs, failures }, null, 2)}\n`;
    }
  }
}
