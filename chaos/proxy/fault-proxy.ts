import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

/**
 * What may go wrong between two processes.
 * - `delay`: everything takes `ms` longer, each way.
 * - `hold`: nothing passes until it is over, then all of it arrives (a partition, with TCP's own retransmission).
 * - `drop`: what is sent vanishes, and with it all that follows on the same connection, also afterwards.
 * - `one-way`: requests arrive and are acted on, answers vanish.
 * - `reset`: connections are cut at the next byte, and new ones at once.
 * - `truncate`: an answer ends in its middle, and its connection with it.
 * - `duplicate`: the server gets each HTTP request twice; the second answer is thrown away.
 */
export type EdgeFault =
  | { readonly kind: "delay"; readonly ms: number }
  | { readonly kind: "hold" | "drop" | "one-way" | "reset" | "truncate" | "duplicate" };

export type FaultProxy = {
  readonly port: number;
  /** Undefined: all passes. */
  readonly set: (fault: EdgeFault | undefined) => void;
  readonly close: () => void;
};

const holdLookMs = 20;
const isRequest = (chunk: Buffer) => /^(GET|POST|PUT|PATCH|DELETE) /.test(chunk.toString("latin1", 0, 8));

/**
 * A TCP proxy on a free port of the loopback.
 * @param target where the connection goes, asked for each; undefined: nobody is there
 * @param strike told each time that a fault has changed what passed
 */
export async function openFaultProxy(
  target: () => number | undefined,
  strike: (fault: EdgeFault) => void,
): Promise<FaultProxy> {
  let fault: EdgeFault | undefined;
  const sockets = new Set<Socket>();

  const server = createServer((client) => {
    const port = target();
    if (port === undefined || fault?.kind === "reset") {
      if (fault) strike(fault);
      client.on("error", () => {});
      client.resetAndDestroy();
      return;
    }
    const upstream = connect({ port, host: "127.0.0.1", noDelay: true });
    client.setNoDelay(true);
    const both = [client, upstream];
    const cut = () => {
      for (const socket of both) socket.resetAndDestroy();
    };
    for (const socket of both) {
      sockets.add(socket);
      socket.on("error", cut);
      socket.once("close", () => sockets.delete(socket));
    }
    const lost = { requests: false, answers: false };
    void pump(client, upstream, "requests", lost, cut).catch(cut);
    void pump(upstream, client, "answers", lost, cut).catch(cut);
  });

  async function pump(
    from: Socket,
    to: Socket,
    way: "requests" | "answers",
    lost: { requests: boolean; answers: boolean },
    cut: () => void,
  ): Promise<void> {
    let copy: Socket | undefined;
    for await (const chunk of from as AsyncIterable<Buffer>) {
      const now = fault;
      if (lost[way]) continue;
      if (now) {
        const passes = await act(now, chunk);
        if (!passes) continue;
      }
      if (copy) {
        if (way === "requests" && isRequest(chunk) && fault?.kind !== "duplicate") copy = undefined;
        else if (way === "requests" && !isRequest(chunk)) copy.write(chunk);
      }
      if (!to.writable) return;
      if (!to.write(chunk)) await Promise.race([once(to, "drain"), once(to, "close")]);
    }
    to.end();

    /** @returns whether the chunk goes on */
    async function act(now: EdgeFault, chunk: Buffer): Promise<boolean> {
      switch (now.kind) {
        case "delay":
          strike(now);
          await delay(now.ms);
          return true;
        case "hold":
          strike(now);
          while (fault === now && !to.destroyed) await delay(holdLookMs);
          return true;
        case "drop":
          strike(now);
          lost.requests = lost.answers = true;
          return false;
        case "one-way":
          if (way === "requests") return true;
          strike(now);
          lost.answers = true;
          return false;
        case "reset":
          strike(now);
          cut();
          return false;
        case "truncate":
          if (way === "requests") return true;
          strike(now);
          to.write(chunk.subarray(0, chunk.length >> 1), () => cut());
          return false;
        case "duplicate":
          if (way === "requests" && isRequest(chunk)) {
            strike(now);
            copy = twin(chunk);
          }
          return true;
      }
    }
  }

  /** Sends the same bytes on a connection of its own and throws the answer away. */
  function twin(chunk: Buffer): Socket | undefined {
    const port = target();
    if (port === undefined) return undefined;
    const socket = connect({ port, host: "127.0.0.1" });
    sockets.add(socket);
    socket.on("error", () => {});
    socket.once("close", () => sockets.delete(socket));
    socket.write(chunk);
    // What it has to say is said within this time; a connection that is kept alive would never end.
    socket.setTimeout(2_000, () => socket.destroy());
    socket.resume();
    return socket;
  }

  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the proxy has no port");
  return {
    port: address.port,
    set(next) {
      fault = next;
    },
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
