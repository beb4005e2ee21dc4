import type { Dispatcher } from "undici";
import type { Delays } from "../../platform/testing/simulation/delays.ts";
import type { Faults } from "../../platform/testing/simulation/faults.ts";
import type { Process } from "../../platform/testing/simulation/process.ts";
import type { Scheduler } from "../../platform/testing/simulation/scheduler.ts";
import { hashOf } from "../../platform/testing/simulation/trace.ts";

export type WireRequest = {
  readonly method: string;
  readonly path: string;
  /** Alternating names and values. */
  readonly headers: readonly string[];
  readonly body: string;
};
export type WireAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
};

/** What answers at an address. */
export type Host = {
  readonly process: Process;
  /** @param hungUp registers what is to happen when the caller breaks off. Resolves with undefined when there is no answer */
  readonly serve: (request: WireRequest, hungUp: (listener: () => void) => void) => Promise<WireAnswer | undefined>;
};

type Handler = Dispatcher.DispatchHandler;
type Controller = Dispatcher.DispatchController;

const refused = () => Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
const reset = () => Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" });

/**
 * HTTP between processes, as undici's lowest level shows it to the mesh. Requests and answers can be lost (nobody hears anything),
 * broken off (the caller hears of it), late, and a request can arrive twice, as behind a proxy that repeats.
 */
export class Network {
  readonly #hosts = new Map<string, Host>();
  /** Addresses that nobody reaches. */
  readonly away = new Set<string>();
  readonly #scheduler: Scheduler;
  readonly #faults: Faults;
  readonly #delays: Delays;

  constructor(scheduler: Scheduler, faults: Faults, delays: Delays) {
    this.#scheduler = scheduler;
    this.#faults = faults;
    this.#delays = delays;
  }

  listen(url: string, host: Host): void {
    this.#hosts.set(url, host);
  }

  /** The mesh's connections from one process to an address. */
  connect(from: Process, url: string): Pick<Dispatcher, "dispatch" | "close" | "destroy"> {
    const to = new URL(url).hostname;
    const route = `${from.name.replace(/-\d+.*$/, "")}>${to.replace(/-\d+.*$/, "")}`;
    const sites = {
      lost: this.#faults.site(`drop ${route}`),
      unheard: this.#faults.site(`mute ${route}`),
      broken: this.#faults.site(`break ${route}`),
      twice: this.#faults.site(`double ${route}`),
    };
    const close = async () => {};
    return {
      dispatch: (options, handler) => this.#dispatch(from, url, sites, options, handler),
      close: close as Dispatcher["close"], // as: it has an overload with a callback that nobody uses
      destroy: close as Dispatcher["destroy"], // as: likewise
    };
  }

  #dispatch(
    from: Process,
    url: string,
    sites: Readonly<Record<"lost" | "unheard" | "broken" | "twice", { happens: () => boolean }>>,
    { method, path, headers, body }: Dispatcher.DispatchOptions,
    handler: Handler,
  ): boolean {
    const scheduler = this.#scheduler;
    const toCaller = (work: () => void) => scheduler.after(this.#delays.network(), () => from.deliver(work));
    let isOver = false;
    let hungUp = () => {};
    const controller: Controller = {
      aborted: false,
      paused: false,
      reason: null,
      rawHeaders: null,
      rawTrailers: null,
      abort: () => {
        isOver = true;
        // The other side sees the connection close.
        const tell = hungUp;
        scheduler.after(this.#delays.network(), () => tell());
      },
      pause() {},
      resume() {},
    };
    const fail = (error: Error) =>
      toCaller(() => {
        if (isOver) return;
        isOver = true;
        handler.onResponseError?.(controller, error);
      });

    const host = this.#hosts.get(url);
    if (!from.maySend()) return true;
    if (!host?.process.isAlive || this.away.has(url)) {
      fail(refused());
      return true;
    }
    handler.onRequestStart?.(controller, undefined);
    // as: the mesh sends texts
    const request: WireRequest = {
      method,
      path: String(path),
      headers: (headers ?? []) as string[],
      body: body === null || body === undefined ? "" : String(body),
    };
    scheduler.trace.note(hashOf(url), hashOf(request.path));
    scheduler.trace.say(() => `${from.name} → ${new URL(url).hostname} ${method} ${request.path}`);
    if (sites.lost.happens()) return true;
    const answered = (answer: WireAnswer) => {
      scheduler.trace.note(answer.status, answer.body.length);
      if (sites.unheard.happens()) return;
      if (sites.broken.happens()) {
        fail(reset());
        return;
      }
      toCaller(() => {
        if (isOver) return;
        isOver = true;
        scheduler.trace.say(() => `${from.name} ← ${new URL(url).hostname} ${answer.status}`);
        handler.onResponseStart?.(controller, answer.status, answer.headers, "");
        handler.onResponseData?.(controller, answer.body);
        handler.onResponseEnd?.(controller, {});
      });
    };
    const arrive = (isCopy: boolean) =>
      scheduler.after(this.#delays.network(), () => {
        if (!host.process.isAlive) {
          if (!isCopy) fail(reset());
          return;
        }
        host.process.deliver(() => {
          void this.#serve(
            host,
            request,
            isCopy ? () => {} : answered,
            isCopy ? () => {} : () => fail(reset()),
            (listener) => {
              if (!isCopy) hungUp = listener;
            },
          );
        });
      });
    arrive(false);
    if (sites.twice.happens()) arrive(true);
    return true;
  }

  async #serve(
    host: Host,
    request: WireRequest,
    answered: (answer: WireAnswer) => void,
    died: () => void,
    hungUp: (listener: () => void) => void,
  ): Promise<void> {
    const { process } = host;
    const watch = process.onDeath(died);
    const answer = await host.serve(request, (listener) => hungUp(() => process.deliver(listener)));
    watch();
    if (answer && process.maySend()) answered(answer);
  }
}
