import { subscribe } from "node:diagnostics_channel";
import type { Socket } from "node:net";
import { setImmediate as turn, setTimeout as wait } from "node:timers/promises";
import { PostgresConnection } from "@souk/postgres/connection";

/** What has been asked of PostgreSQL, or of the threads that verify signatures, and is not answered. */
const asked = new Set<number>();
let questions = 0;
/** Connections between this process and itself, by `<client's port> <server's port>`. */
const accepted = new Map<string, Socket>();
const connected = new Set<Socket>();

/** Work that goes on so long is waiting for somebody: who holds the lock may sleep until time goes on. */
const patienceMs = 5_000;
/** So many looks in a row must find nothing: between an answer and the next question promises settle and streams take turns. */
const looks = 10;

function counted<A extends unknown[], R>(ask: (...given: A) => Promise<R>) {
  return function (this: unknown, ...given: A): Promise<R> {
    const question = ++questions;
    const answer = ask.apply(this, given);
    const end = () => void asked.delete(question);
    asked.add(question);
    answer.then(end, end);
    return answer;
  };
}

let isWatched = false;
/** From now on `realWorkDone` knows of it. Done from outside: what is under test counts nothing. */
export function watchRealWork(): void {
  if (isWatched) return;
  isWatched = true;
  PostgresConnection.open = counted(PostgresConnection.open);
  PostgresConnection.prototype.send = counted(PostgresConnection.prototype.send);
  const threads = Object.getPrototypeOf(crypto.subtle);
  for (const name of ["digest", "importKey", "sign", "verify"]) threads[name] = counted(threads[name]);
  // as: that is what these two channels carry, says Node's documentation
  subscribe("net.client.socket", (message) => {
    const { socket } = message as { socket: Socket };
    connected.add(socket);
    socket.once("close", () => connected.delete(socket));
  });
  subscribe("net.server.socket", (message) => {
    const { socket } = message as { socket: Socket };
    const key = `${socket.remotePort} ${socket.localPort}`;
    accepted.set(key, socket);
    socket.once("close", () => accepted.delete(key));
  });
}

/** Bytes that one end has written and the other has not read, and connections that nobody has taken yet. */
function* onTheWay(): Generator<string> {
  for (const client of connected) {
    if (client.localPort === undefined) continue; // not connected yet, which is a request of the system
    const key = `${client.localPort} ${client.remotePort}`;
    const server = accepted.get(key);
    const [there, back] = [server?.bytesRead ?? 0, server?.bytesWritten ?? client.bytesRead];
    const isAnswered = server === undefined && client.bytesRead > 0; // by another process
    if (isAnswered || (client.bytesWritten === there && back === client.bytesRead)) continue;
    yield `${key} ${client.bytesWritten} ${there} ${back} ${client.bytesRead}`;
  }
}

/** Files, names and connections: what the system has been asked for. */
const isRequest = (resource: string) => /Req|ConnectWrap|WriteWrap/.test(resource);

/** Empty when nothing is under way; different whenever something has moved. */
const underWay = () => [...asked, ...onTheWay(), ...process.getActiveResourcesInfo().filter(isRequest)].join();

/** What made no progress while somebody waited for it: no more of the machine's time is spent on that. */
let stuck = "";

/**
 * Resolves when nothing waits for PostgreSQL, for bytes between sockets of this process, for files or signatures: all that is left
 * waits for the clock, or for the test. After five seconds without progress it resolves too.
 */
export async function realWorkDone(): Promise<void> {
  let last = "";
  let since = performance.now();
  for (let quiet = 0; quiet < looks; ) {
    await turn();
    const work = underWay();
    if (work === "" || work === stuck) {
      quiet++;
      continue;
    }
    quiet = 0;
    if (work !== last) since = performance.now();
    else if (performance.now() - since > patienceMs) stuck = work;
    last = work;
    await wait(1);
  }
}
