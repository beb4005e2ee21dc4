import { request } from "undici";
import { Failure } from "../failure.ts";
import type { SupervisorRecord } from "./record.ts";
import type { ProcessStatus } from "./supervised.ts";

/** @throws Failure when the supervisor does not answer */
async function ask(supervisor: SupervisorRecord, method: "GET" | "POST", path: string): Promise<unknown> {
  try {
    return await exchange(supervisor, method, path);
  } catch (error) {
    throw new Failure(
      `The supervisor (process ${supervisor.pid}) does not answer: ${error instanceof Error ? error.message : error}.`,
      `If it goes on so, end it and take over: kill -9 ${supervisor.pid}, then souk up`,
      { cause: error },
    );
  }
}

async function exchange(supervisor: SupervisorRecord, method: "GET" | "POST", path: string): Promise<unknown> {
  if (supervisor.control === undefined) throw new Error("it has only just been started");
  const { port, token } = supervisor.control;
  const { statusCode, body } = await request(`http://127.0.0.1:${port}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}` },
    headersTimeout: 5_000,
    bodyTimeout: 5_000,
  });
  if (statusCode >= 300) throw new Error(`status ${statusCode}: ${await body.text()}`);
  return body.json();
}

export const askProcesses = async (supervisor: SupervisorRecord): Promise<ProcessStatus[]> =>
  (await ask(supervisor, "GET", "/processes")) as ProcessStatus[];

export const askStop = async (supervisor: SupervisorRecord): Promise<void> => {
  await ask(supervisor, "POST", "/stop");
};
