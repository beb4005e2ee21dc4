import type { Cancel, Clock } from "@souk/kernel";

/**
 * starting → ready ⇄ unready; any of them → waiting (it died, back-off) → starting; any → stopping → stopped.
 */
export type State = "starting" | "ready" | "unready" | "waiting" | "stopping" | "stopped";

/** Why a process ended: its own exit code, or the signal that ended it. */
export type Exit = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

/** A process that has been started; it tells its story through the `Witness`. */
export type Running = {
  /** Undefined as long as there is none. */
  readonly pid: () => number | undefined;
  readonly signal: (signal: NodeJS.Signals) => void;
};
export type Witness = {
  /** @param probes where it is asked how it is, when that is somewhere else */
  readonly onReady: (ports: Ports, probes?: Ports) => void;
  readonly onExit: (exit: Exit) => void;
};
/** Where it listens, by service: a process may host several. */
export type Ports = Readonly<Record<string, number>>;
export type Launch = (witness: Witness) => Running;

/** What a shell says of what it cannot start. */
export const notStarted: Exit = { code: 127, signal: null };

/** `silent`: no answer in time, or one that says it is broken. */
export type Health = "ready" | "unready" | "silent";

/** All in milliseconds. */
export type Policy = {
  /** The first wait before a restart; doubles with each death in a row up to `maxBackoffMs`. */
  readonly backoffMs: number;
  readonly maxBackoffMs: number;
  /** Ready for so long, the deaths before are forgiven. */
  readonly healthyMs: number;
  readonly probeEveryMs: number;
  /** The same while it is unready: others wait for it to take work again. */
  readonly probeUnreadyMs: number;
  /** Silent for so long, it hangs and is killed. */
  readonly hungMs: number;
  /** Not ready by then, it hangs and is killed. */
  readonly startMs: number;
  /** Between SIGTERM and SIGKILL: more than a service's own drain (20 s). */
  readonly stopMs: number;
};

export const defaultPolicy: Policy = {
  backoffMs: 100,
  maxBackoffMs: 10_000,
  healthyMs: 30_000,
  probeEveryMs: 2_000,
  probeUnreadyMs: 200,
  hungMs: 15_000,
  startMs: 120_000,
  stopMs: 25_000,
};

export type ProcessStatus = {
  readonly name: string;
  readonly instance: string;
  readonly state: State;
  readonly pid?: number;
  /** Where its own service listens, or the first of those in it. */
  readonly port?: number;
  readonly ports: Ports;
  readonly restarts: number;
};

/** What happened, for the log and the waiting user. */
export type Change =
  | { readonly kind: "started" | "ready" | "unready" | "stopped" }
  | { readonly kind: "died"; readonly exit: Exit; readonly deaths: number; readonly againInMs: number }
  | { readonly kind: "killed"; readonly because: string };

export type Supervised = {
  readonly status: () => ProcessStatus;
  readonly start: () => void;
  /** Asks it to end, and ends it after `stopMs`. Resolves when it is gone. */
  readonly stop: () => Promise<void>;
  /** Ends it at once, for good. */
  readonly kill: () => void;
};

/** Keeps one process running: restarts what dies, kills what hangs. */
export function supervise(options: {
  readonly name: string;
  readonly instance: string;
  readonly launch: Launch;
  readonly probe: (port: number) => Promise<Health>;
  readonly clock: Clock;
  readonly onChange: (change: Change, status: ProcessStatus) => void;
  readonly policy?: Policy;
}): Supervised {
  const { name, instance, clock, onChange, policy = defaultPolicy } = options;
  let state: State = "stopped";
  let running: Running | undefined;
  let ports: Ports = {};
  let probes: Ports = {};
  let restarts = 0;
  /** Deaths in a row, forgiven after `healthyMs`. */
  let deaths = 0;
  let readySince = 0;
  let lastAnswer = 0;
  let timers: Cancel[] = [];
  let whenStopped: (() => void)[] = [];

  const main = (of: Ports) => of[name] ?? Object.values(of)[0];
  const status = (): ProcessStatus => {
    const pid = running?.pid();
    const port = main(ports);
    return {
      ...{ name, instance, state, restarts, ports },
      ...(pid !== undefined && { pid }),
      ...(port !== undefined && { port }),
    };
  };
  const after = (ms: number, task: () => void) => timers.push(clock.after(ms, task));
  const cancelTimers = () => {
    for (const cancel of timers) cancel();
    timers = [];
  };
  const become = (next: State, change: Change) => {
    state = next;
    onChange(change, status());
  };

  function start() {
    if (state !== "stopped" && state !== "waiting") return;
    cancelTimers();
    state = "starting";
    let mine: Running | undefined;
    try {
      mine = options.launch({
        onReady: (at, probesAt = at) => running === mine && becameReady(at, probesAt),
        onExit: (exit) => running === mine && ended(exit),
      });
    } catch (error) {
      if (restarts === 0) throw error;
      return ended(notStarted); // its log could not be opened, on a full disk or without file handles: later perhaps
    }
    running = mine;
    become("starting", { kind: "started" });
    after(policy.startMs, () => killHung(`was not ready after ${policy.startMs / 1_000} s`));
  }

  function becameReady(at: Ports, probesAt: Ports) {
    if (state !== "starting") return;
    cancelTimers();
    ports = at;
    probes = probesAt;
    readySince = lastAnswer = clock.monotonic();
    become("ready", { kind: "ready" });
    after(policy.probeEveryMs, look);
  }

  async function look() {
    const [watched, at] = [running, main(probes)];
    if (watched === undefined || at === undefined) return;
    const health = await options.probe(at);
    if (running !== watched || (state !== "ready" && state !== "unready")) return;
    const now = clock.monotonic();
    if (health === "silent") {
      if (now - lastAnswer >= policy.hungMs) return killHung(`gave no answer for ${policy.hungMs / 1_000} s`);
    } else {
      lastAnswer = now;
      if (health === "ready" && state === "unready") readySince = now;
      if (health === "ready" && now - readySince >= policy.healthyMs) deaths = 0;
      if (health !== state) become(health, { kind: health });
    }
    after(state === "unready" ? policy.probeUnreadyMs : policy.probeEveryMs, look);
  }

  /** A stopped process (SIGSTOP) does not see SIGTERM; SIGKILL ends it all the same. */
  function killHung(because: string) {
    onChange({ kind: "killed", because }, status());
    running?.signal("SIGKILL");
  }

  function ended(exit: Exit) {
    cancelTimers();
    running = undefined;
    ports = {};
    probes = {};
    if (state === "stopping") {
      become("stopped", { kind: "stopped" });
      for (const resolve of whenStopped) resolve();
      whenStopped = [];
      return;
    }
    const againInMs = Math.min(policy.backoffMs * 2 ** deaths, policy.maxBackoffMs);
    deaths++;
    become("waiting", { kind: "died", exit, deaths, againInMs });
    after(againInMs, () => {
      restarts++;
      start();
    });
  }

  function stop(): Promise<void> {
    if (state === "stopped") return Promise.resolve();
    cancelTimers();
    if (running === undefined) {
      become("stopped", { kind: "stopped" });
      return Promise.resolve();
    }
    const gone = new Promise<void>((resolve) => whenStopped.push(resolve));
    if (state !== "stopping") {
      state = "stopping";
      running.signal("SIGTERM");
      running.signal("SIGCONT"); // one that was stopped would not see SIGTERM before SIGKILL
    }
    after(policy.stopMs, () => running?.signal("SIGKILL"));
    return gone;
  }

  function kill() {
    void stop();
    running?.signal("SIGKILL");
  }

  return { status, start, stop, kill };
}
