import { request } from "undici";
import type { SupervisorRecord } from "./record.ts";
import type { ProcessStatus } from "./supervised.ts";

/** @throws when the supervisor does not answer */
async function ask(supervisor: SupervisorRecord, method: "GET" | "POST", path: string): Promise<unknown> {
  if (supervisor.control === undefined) throw new Error("the supervisor does not listen yet");
  const { port, token } = supervisor.control;
  const { statusCode, body } = await request(`http://127.0.0.1:${port}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}` },
    headersTimeout: 5_000,
    bodyTimeout: 5_000,
  });
  if (statusCode >= 300) throw new Error(`the supervisor answered ${statusCode}: ${await body.text()}`);
  return body.json();
}

export const askProcesses = async (supervisor: SupervisorRecord): Promise<ProcessStatus[]> =>
  (await ask(supervisor, "GET", "/processes")) as ProcessStatus[];

export const askStop = async (supervisor: SupervisorRecord): Promise<void> => {
  await ask(supervisor, "POST", "/stop");
};
