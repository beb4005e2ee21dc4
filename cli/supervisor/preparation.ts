import { fork } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { join } from "node:path";
import { inheritedEnvironment } from "./environment.ts";

/** What the supervisor must know of a service's declaration. */
export type Declaration = {
  readonly name: string;
  readonly database: boolean;
  /** Names of the services that it calls. */
  readonly calls: readonly string[];
  /** Whole names of the environment variables that it declares. */
  readonly secrets: readonly string[];
  /** Secrets that the shop can do without: nothing is made up for them. */
  readonly optionalSecrets: readonly string[];
  readonly settings: readonly string[];
};

export type ProvisionRequest = {
  readonly adminUrl: string;
  readonly readerPassword: string;
  /** Passwords by service, and of the bus. */
  readonly passwords: Readonly<Record<string, string>>;
  readonly busPassword: string;
};

/** Where each service's database is, and what had to be changed in it. */
export type ProvisionedDatabases = {
  readonly databases: Readonly<Record<string, { url: string; readerUrl: string }>>;
  readonly bus: { url: string; readerUrl: string };
  readonly applied: number;
};

/** What takes longer than one would think, and why: for people, at any time. */
export type Note = { readonly note: string };

export type Reply =
  | { readonly declarations: readonly Declaration[] }
  | { readonly provisioned: ProvisionedDatabases }
  | { readonly failed: string };

/**
 * Reads declarations and prepares databases in a process of its own that ends when it is done: the supervisor stays small
 * (declarations load half the chassis), and a service that does not load cannot take it down. Passwords travel over the
 * channel between the two, never on a command line.
 */
export type Preparation = {
  readonly declarations: Promise<readonly Declaration[]>;
  readonly provision: (request: ProvisionRequest) => Promise<ProvisionedDatabases>;
  readonly close: () => void;
};

export function startPreparation(
  services: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  tell: (text: string) => void,
): Preparation {
  const wait = env["SOUK_MIGRATION_WAIT"];
  const child = fork(join(import.meta.dirname, "prepare.ts"), [...services], {
    env: { ...inheritedEnvironment(env), ...(wait !== undefined && { SOUK_MIGRATION_WAIT: wait }) },
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  const replies = new EventEmitter();
  child.on("message", (message) => {
    const said = message as Reply | Note; // as: what prepare.ts sends
    if ("note" in said) tell(said.note);
    else replies.emit("reply", said);
  });
  let complaint = "";
  child.stderr?.on("data", (chunk) => {
    complaint += String(chunk);
  });

  async function reply<K extends string>(kind: K): Promise<Extract<Reply, Record<K, unknown>>> {
    const ended = new AbortController();
    const [message] = await Promise.race([
      once(replies, "reply", { signal: ended.signal }),
      once(child, "close", { signal: ended.signal }).then(() => [{ failed: complaint.trim() }]),
    ]).finally(() => ended.abort());
    const answer = message as Reply;
    if ("failed" in answer) throw new Error(answer.failed);
    if (!(kind in answer)) throw new Error(`expected ${kind}, got ${Object.keys(answer).join()}`);
    return answer as Extract<Reply, Record<K, unknown>>;
  }

  const declarations = reply("declarations").then((answer) => answer.declarations);
  declarations.catch(() => {}); // whoever awaits it gets the error too
  return {
    declarations,
    async provision(request) {
      await declarations;
      child.send(request);
      return (await reply("provisioned")).provisioned;
    },
    close: () => void child.kill(),
  };
}
