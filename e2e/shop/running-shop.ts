import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type Client, client, eventually } from "./client.ts";
import { souk, type Typed } from "./command.ts";
import { oneAtATime } from "./one-at-a-time.ts";

export type Process = {
  readonly name: string;
  readonly instance: string;
  readonly pid: number | null;
  readonly port: number | null;
  readonly state: string;
  readonly memoryMb: number;
  readonly restarts: number;
};
export type Verdict = {
  readonly ok: boolean;
  readonly checks: readonly { readonly name: string; readonly ok: boolean; readonly problems?: readonly string[] }[];
};
export type Role = "support" | "merchandiser" | "operator" | "admin";

/** A shop of its own in a temporary folder, on a free port, with everything in it that an outside client can reach. */
export type Shop = {
  readonly address: string;
  readonly home: string;
  readonly http: Client;
  readonly souk: (...args: string[]) => Promise<Typed>;
  /** Starts it again, with the same settings and `more`. */
  readonly up: (more?: Settings) => Promise<Typed>;
  readonly status: () => Promise<readonly Process[]>;
  /** @param settleSeconds how long what is on its way may take */
  readonly verify: (settleSeconds: number) => Promise<Verdict>;
  /** A script's access token. */
  readonly token: (role: Role) => Promise<string>;
  readonly admin: () => Promise<{ email: string; password: string }>;
  /** What services share with the world outside, by the name of its setting. */
  readonly secret: (name: string) => Promise<string>;
  /** PostgreSQL's superuser, for one database. */
  readonly databaseUrl: (name: string) => Promise<string>;
  readonly stop: () => Promise<void>;
};

type Settings = Readonly<Record<string, string>>;
type Options = {
  /** With the sample catalogue in it; otherwise there is nothing for sale. */
  readonly sample?: boolean;
  /** All services in one process: half the time to start, when nobody is to be killed alone. */
  readonly singleProcess?: boolean;
  readonly settings?: Settings;
};

/** A token lives five minutes: nobody gets one that is about to end. */
const tokenKeptMs = 120_000;

/** Parcels arrive in seconds, and nobody is limited: everybody here shares one address. */
const usual: Settings = {
  SOUK_CARRIER_DISPATCH_AFTER: "4s",
  SOUK_CARRIER_TRANSIT_AFTER: "200ms",
  SOUK_CARRIER_DELIVER_AFTER: "200ms",
  SOUK_RATE_LIMIT_PER_SECOND: "100000",
  SOUK_RATE_LIMIT_CREDENTIALS_PER_MINUTE: "100000",
};

export async function startShop({ sample = false, singleProcess = false, ...given }: Options = {}): Promise<Shop> {
  const settings = { ...usual, ...given.settings };
  const alone = singleProcess ? ["--single-process"] : [];
  const letNext = await oneAtATime();
  const home = await mkdtemp(join(tmpdir(), "souk-e2e-"));
  const undertaker = watchOver(home);
  const started = await souk(
    home,
    ["up", "--detach", ...(sample ? [] : ["--empty"]), ...alone, "--port", "0", "--json"],
    settings,
  );
  if (started.code !== 0) {
    undertaker.dismiss();
    await rm(home, { recursive: true, force: true });
    letNext();
    throw new Error(`souk up failed (${started.code}): ${started.err}${started.out}`);
  }
  const { address } = JSON.parse(started.out) as { address: string };
  const http = client(address);
  const secrets = async () => JSON.parse(await readFile(join(home, "secrets.json"), "utf8"));
  const tokens = new Map<Role, { readonly token: Promise<string>; readonly until: number }>();

  let postgresUrl: Promise<string> | undefined;
  const shop: Shop = {
    address,
    home,
    http,
    souk: (...args) => souk(home, args),
    up(more = {}) {
      postgresUrl = undefined; // it may have to be started again, on another port
      const args = ["up", "--detach", ...alone, "--port", new URL(address).port, "--json"];
      return souk(home, args, { ...settings, ...more });
    },
    async status() {
      const { out } = await souk(home, ["status", "--json"]);
      return JSON.parse(out);
    },
    async verify(settleSeconds) {
      const { out, err } = await souk(home, ["verify", "--json", "--settle", String(settleSeconds)]);
      if (out === "") throw new Error(`souk verify said nothing: ${err}`);
      return JSON.parse(out);
    },
    token(role) {
      const now = performance.now();
      const known = tokens.get(role);
      if (known && now < known.until) return known.token;
      const token = eventually(`a token for ${role}`, async () => {
        const { code, out } = await souk(home, ["token", role]);
        return code === 0 && out.trim();
      });
      tokens.set(role, { token, until: now + tokenKeptMs });
      return token;
    },
    async admin() {
      return (await secrets()).admin;
    },
    async secret(name) {
      const { services } = await secrets();
      return services[name];
    },
    async databaseUrl(name) {
      postgresUrl ??= urlOfPostgres();
      return `${await postgresUrl}/${name}`;
    },
    async stop() {
      await http.close();
      await souk(home, ["down"]);
      undertaker.dismiss();
      await rm(home, { recursive: true, force: true });
      letNext();
    },
  };
  const urlOfPostgres = async () => {
    const postgres = (await shop.status()).find((process) => process.name === "postgres");
    const password = encodeURIComponent((await secrets()).database.admin);
    return `postgres://postgres:${password}@127.0.0.1:${postgres?.port}`;
  };
  return shop;
}

/** Ends the shop also when we are killed: it waits for the end of a pipe that closes with us. */
function watchOver(home: string) {
  const command = resolve(import.meta.dirname, "../../souk");
  const child = spawn("sh", ["-c", 'cat >/dev/null; "$1" down; rm -rf -- "$SOUK_HOME"', "undertaker", command], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
    env: { ...process.env, SOUK_HOME: home },
  });
  child.unref();
  return { dismiss: () => child.pid !== undefined && process.kill(-child.pid) };
}
