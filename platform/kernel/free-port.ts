import { createServer } from "node:net";
import type { Chance } from "./clock.ts";

/**
 * Below what systems hand out by themselves (from 32768 on Linux, from 49152 elsewhere): nobody is given such a port by accident
 * between now and when it is listened on, nor while whoever listened on it is started again.
 */
const lowest = 20_000;
const highest = 32_767;
const tries = 200;

/** A TCP port of this machine on which nobody listens. @throws Error when none is found */
export async function freePort(chance: Chance): Promise<number> {
  for (let i = 0; i < tries; i++) {
    const port = lowest + Math.floor(chance() * (highest - lowest + 1));
    if (await isFreePort(port)) return port;
  }
  throw new Error(`none of ${tries} ports between ${lowest} and ${highest} is free: see what listens there (ss -ltn)`);
}

/** Whether somebody could listen on it now, on the loopback interface and on all of them. */
export const isFreePort = async (port: number): Promise<boolean> =>
  (await canListen(port, "127.0.0.1")) && (await canListen(port));

const canListen = (port: number, host?: string): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host }, () => server.close(() => resolve(true)));
  });
