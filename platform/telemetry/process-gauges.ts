import { performance } from "node:perf_hooks";
import type { Metrics } from "./metrics.ts";

/**
 * What one asks of any process. Not prom-client's defaults: they wake the process a hundred times a second to sample its event
 * loop and observe every garbage collection, which nine idle processes on a laptop feel.
 */
export function registerProcessGauges(metrics: Metrics): void {
  const started = performance.timeOrigin / 1000;
  let looked = performance.eventLoopUtilization();
  metrics.gauge("process_start_time_seconds", "When the process started, since the epoch", () => started);
  metrics.gauge("process_resident_memory_bytes", "Resident memory", () => process.memoryUsage.rss());
  metrics.gauge("nodejs_heap_size_used_bytes", "Heap in use", () => process.memoryUsage().heapUsed);
  metrics.gauge("process_cpu_seconds", "CPU time since the start, user and system", () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  });
  metrics.gauge(
    "nodejs_eventloop_utilization",
    "Share of time the event loop was busy since the last look, 0–1",
    () => {
      const now = performance.eventLoopUtilization();
      const { utilization } = performance.eventLoopUtilization(now, looked);
      looked = now;
      return utilization;
    },
  );
}
