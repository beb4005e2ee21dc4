import { connect, createServer, type Socket } from "node:net";

export type When = "before" | "after";

/**
 * A connection to PostgreSQL that breaks around COMMIT: `before` PostgreSQL gets to see it, or `after` it has answered and
 * before the client hears of it.
 */
export async function cuttable(serverUrl: string) {
  const target = new URL(serverUrl);
  let armed: When | undefined;
  const { url, close } = await listening(target, (client) => {
    let committing = false;
    const upstream = forwarded(client, target);
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
  return {
    url,
    close,
    /** Cuts the next connection that commits. */
    cutAtCommit(when: When) {
      armed = when;
    },
  };
}

/** A connection to PostgreSQL of which, once armed, only so many bytes of what is answered arrive. */
export async function cutAfter(serverUrl: string) {
  const target = new URL(serverUrl);
  let left = Number.POSITIVE_INFINITY;
  const { url, close } = await listening(target, (client) => {
    const upstream = forwarded(client, target);
    client.on("data", (data) => upstream.write(data));
    upstream.on("data", (data) => {
      const part = data.subarray(0, Math.min(left, data.length));
      left -= data.length;
      if (left >= 0) client.write(part);
      else client.end(part);
    });
  });
  return {
    url,
    close,
    arm(bytes: number) {
      left = bytes;
    },
    disarm() {
      left = Number.POSITIVE_INFINITY;
    },
  };
}

type Said = readonly [code: string, body: string];

/** A server that lets everybody in, says `greeting` in one packet with that, and to whatever it is asked `answer`; then it hangs up. */
export function speaking({ greeting, answer = "" }: { greeting: readonly Said[]; answer?: string }) {
  const message = ([code, body]: Said) => {
    const length = Buffer.alloc(4);
    length.writeInt32BE(4 + body.length);
    return Buffer.concat([Buffer.from(code), length, Buffer.from(body, "latin1")]);
  };
  const welcome: Said[] = [["R", "\0\0\0\0"], ["Z", "I"], ...greeting];
  return listening(new URL("postgres://anybody@localhost/any"), (client) => {
    client.on("error", () => {});
    client.once("data", () => {
      client.write(Buffer.concat(welcome.map(message)));
      if (greeting.length > 0) client.end();
      else client.once("data", () => client.end(Buffer.from(answer, "latin1")));
    });
  });
}

/** A connection to `target` that ends with `client`. */
function forwarded(client: Socket, target: URL): Socket {
  const upstream = connect(Number(target.port), target.hostname);
  for (const socket of [client, upstream]) {
    socket.on("error", () => {});
    socket.on("close", () => {
      client.destroy();
      upstream.destroy();
    });
  }
  return upstream;
}

async function listening(like: URL, serve: (client: Socket) => void) {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    sockets.add(client);
    client.on("close", () => sockets.delete(client));
    serve(client);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("a TCP server has a port");
  const url = new URL(like);
  url.hostname = "127.0.0.1";
  url.port = String(address.port);
  return {
    url: url.href,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
