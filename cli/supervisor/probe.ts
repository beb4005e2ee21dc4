import { Agent, get } from "node:http";
import type { Health } from "./supervised.ts";

const agent = new Agent({ keepAlive: true, maxSockets: 4 });

/** The status of a GET; 0 when there was no answer in time. */
function statusOf(port: number, path: string, timeoutMs: number): Promise<number> {
  return new Promise((resolve) => {
    const request = get({ agent, host: "127.0.0.1", port, path, timeout: timeoutMs }, (response) => {
      response.resume();
      response.once("end", () => resolve(response.statusCode ?? 0));
      response.once("error", () => resolve(0));
    });
    // `timeout` counts silence on the socket, also before it is connected.
    request.once("timeout", () => request.destroy());
    request.once("error", () => resolve(0));
  });
}

/** Asks a service whether it lives and whether it wants work. */
export async function probeService(port: number, timeoutMs = 3_000): Promise<Health> {
  if ((await statusOf(port, "/livez", timeoutMs)) !== 200) return "silent";
  return (await statusOf(port, "/readyz", timeoutMs)) === 200 ? "ready" : "unready";
}
