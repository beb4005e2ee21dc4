import { connect, createServer, type Socket } from "node:net";

export type When = "before" | "after";

/**
 * A connection to PostgreSQL that breaks around COMMIT: `before` PostgreSQL gets to see it, or `after` it has answered and
 * before the client hears of it.
 */
export async function cuttable(serverUrl: string) {
  const target = new URL(serverUrl);
  const sockets = new Set<Socket>();
  let armed: When | undefined;

  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    let committing = false;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.on("data", (data) => {
      committing = armed !== undefined && data.includes("commit\0");
      if (committing && armed === "before") {
        armed = undefined;
        client.destroy();
      } else upstream.write(data);
    });
    upstream.on("data", (data) => {
      if (committing && data.includes("COMMIT\0")) {
        armed = undefined;
        client.destroy();
      } else client.write(data);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("a TCP server has a port");
  const url = new URL(serverUrl);
  url.port = String(address.port);

  return {
    url: url.href,
    /** Cuts the next connection that commits. */
    cutAtCommit(when: When) {
      armed = when;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
