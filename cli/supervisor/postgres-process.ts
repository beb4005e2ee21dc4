import { connect } from "node:net";
import type { Clock } from "@souk/kernel";
import { type Embedded, startEmbedded } from "@souk/postgres/embedded";
import { identify, isAlive, type ProcessIdentity, signalProcess } from "./process-identity.ts";
import { postgresName } from "./process-records.ts";
import type { Health, Launch } from "./supervised.ts";

/**
 * PostgreSQL as a process to keep running. It is no child of ours once it runs, so its end is seen by looking. It comes
 * back on the port that it had: the services know no other.
 * @param onStarted each time it runs, started or found running
 */
export function launchPostgres(options: {
  readonly dataDir: string;
  readonly password: string;
  readonly clock: Clock;
  readonly onStarted: (postgres: Embedded) => void;
  readonly onFailed: (error: unknown) => void;
}): Launch {
  const { dataDir, password, clock, onStarted, onFailed } = options;
  let port: number | undefined;
  return ({ onReady, onExit }) => {
    let postgres: Embedded | undefined;
    let identity: ProcessIdentity | undefined;
    let wanted = true;

    const look = () => {
      if (identity === undefined || !isAlive(identity)) onExit({ code: null, signal: null });
      else clock.after(100, look);
    };
    const end = () => void postgres?.stop().catch(onFailed);

    startEmbedded({ dataDir, password, ...(port !== undefined && { port }) }).then(
      (started) => {
        postgres = started;
        port = started.port;
        identity = identify(started.pid);
        look();
        if (!wanted) return end();
        onStarted(started);
        onReady({ [postgresName]: started.port });
      },
      (error: unknown) => {
        onFailed(error);
        onExit({ code: 1, signal: null });
      },
    );

    return {
      pid: () => postgres?.pid,
      signal(signal) {
        if (signal === "SIGTERM") {
          wanted = false;
          end();
        } else if (identity !== undefined && signal === "SIGKILL") killServer(clock, identity);
        else if (identity !== undefined) signalProcess(identity, signal);
      },
    };
  };
}

/** For its immediate shutdown, which takes its children along; nothing committed is lost. */
const immediatelyMs = 1_000;

function killServer(clock: Clock, server: ProcessIdentity): void {
  signalProcess(server, "SIGQUIT");
  signalProcess(server, "SIGCONT"); // one that was stopped would not see it
  clock.after(immediatelyMs, () => signalProcess(server, "SIGKILL"));
}

/** PostgreSQL's SSLRequest: it answers with one byte before it asks who we are. */
const sslRequest = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

/** Whether the server takes connections: a stopped one (SIGSTOP) does not answer although its port is open. */
export function probePostgres(port: number, timeoutMs = 3_000): Promise<Health> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" });
    const answer = (health: Health) => {
      socket.destroy();
      resolve(health);
    };
    socket.setTimeout(timeoutMs, () => answer("silent"));
    socket.once("connect", () => socket.write(sslRequest));
    socket.once("data", () => answer("ready"));
    socket.once("error", () => answer("silent"));
    socket.once("close", () => answer("silent"));
  });
}
