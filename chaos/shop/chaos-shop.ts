import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import type { CrashPoint } from "@souk/kernel";
import { ownsDatabase } from "@souk/service";
import pg from "pg";
import { loadDeclaration } from "../../cli/declarations.ts";
import { roles, serviceNames, tokenIssuer } from "../../cli/system.ts";
import { type Client, client } from "../../e2e/shop/client.ts";
import { souk } from "../../e2e/shop/command.ts";
import { crashFile, hitFile } from "../../platform/service/crash-points.ts";
import { type Edge, type Edges, openEdges } from "./edges.ts";
import { adminUrl, makeStage, type Stage, watchOver, writeDatabaseUrls } from "./home.ts";

export type Process = {
  readonly name: string;
  readonly instance: string;
  readonly pid: number;
  readonly port?: number;
  readonly restarts: number;
  /** Takes work, as the supervisor sees it. */
  readonly ready: boolean;
};
export type Check = {
  readonly name: string;
  readonly ok: boolean;
  readonly figure: string;
  readonly problems?: readonly string[];
};
/** Environment variables of one process, and the checkout that it runs from. */
export type Own = { readonly settings?: Readonly<Record<string, string>>; readonly folder?: string };

/** A shop of its own, with a fault proxy on every edge and a hand on every process. */
export type ChaosShop = {
  readonly address: string;
  readonly home: Stage["home"];
  readonly http: Client;
  readonly edges: Edges;
  readonly services: readonly string[];
  /** What lives right now, as the supervisor has written it down. */
  readonly processes: () => readonly Process[];
  /** Every instance that should be there. */
  readonly expected: readonly string[];
  /** Types a command of an operator. @returns what it prints, also when it fails */
  readonly souk: (...args: string[]) => Promise<string>;
  readonly token: (role: string) => Promise<string>;
  readonly verify: (settleSeconds: number) => Promise<{ ok: boolean; checks: readonly Check[] }>;
  /** Runs statements as PostgreSQL's superuser, past every proxy. */
  readonly sql: (database: string, text: string) => Promise<pg.QueryResult>;
  readonly arm: (service: string, at: CrashPoint) => void;
  readonly disarm: (service: string, at: CrashPoint) => void;
  readonly wasHit: (service: string, at: CrashPoint) => boolean;
  /** What a process gets at its next start. */
  readonly give: (instance: string, own: Own) => void;
  readonly stop: () => Promise<void>;
};

/** The shopper's way in: the load is one of the callers, and its edge one of the edges. */
const shoppers = "shoppers";
const gateway = "gateway";
const provider = "card-simulator";

/** Parcels leave late enough to cancel before, and arrive soon after. */
const settings = {
  SOUK_CARRIER_DISPATCH_AFTER: "6s",
  SOUK_CARRIER_TRANSIT_AFTER: "200ms",
  SOUK_CARRIER_DELIVER_AFTER: "200ms",
  SOUK_RECONCILE_EVERY: "3s",
  SOUK_RECONCILE_GRACE: "15s",
};

export async function openChaosShop(replicas: Readonly<Record<string, number>>): Promise<ChaosShop> {
  const stage = await makeStage();
  const { home } = stage;
  const undertaker = watchOver(home);
  const services = await serviceNames();
  const declarations = await Promise.all(services.map(loadDeclaration));
  const owners = declarations.filter(ownsDatabase).map(({ contract }) => contract.name);
  const read = <T>(path: string, otherwise: T): T => {
    try {
      return JSON.parse(readFileSync(path, "utf8")); // as: the supervisor writes it
    } catch {
      return otherwise; // before the first start
    }
  };
  const registry = () => read<Record<string, { instance: string; url: string }[]>>(home.registry, {});
  const processes = (): Process[] => {
    const ready = new Set(Object.values(registry()).flatMap((all) => all.map(({ instance }) => instance)));
    return read<Omit<Process, "ready">[]>(home.processes, []).map((one) => ({
      ...one,
      ready: one.name === "postgres" || ready.has(one.instance),
    }));
  };
  const postgresPort = () => processes().find(({ name }) => name === "postgres")?.port;
  const gatewayPort = () => {
    const url = registry()[gateway]?.[0]?.url;
    return url === undefined ? undefined : Number(new URL(url).port);
  };
  const toPostgres = (from: string): Edge => ({ from, to: "postgres" });
  const webhook: Edge = { from: provider, to: gateway };
  const entrance: Edge = { from: shoppers, to: gateway };
  const edges = await openEdges({
    calls: new Map(
      declarations.map(({ contract, calls }) => [
        contract.name,
        [...new Set([...Object.values(calls).map(({ name }) => name), tokenIssuer])],
      ]),
    ),
    fixed: [
      ...owners.map((owner) => ({ edge: toPostgres(owner), port: postgresPort })),
      { edge: webhook, port: gatewayPort },
      { edge: entrance, port: gatewayPort },
    ],
    registry: home.registry,
    registryOf: stage.registryOf,
  });
  await writeDatabaseUrls(stage, new Map(owners.map((owner) => [owner, edges.portOf(toPostgres(owner))])));

  const usual = (service: string): Record<string, string> => ({
    SOUK_CRASH_POINTS: stage.crashPoints,
    SOUK_REGISTRY_FILE: stage.registryOf(service),
    ...(owners.includes(service) && {
      SOUK_DATABASE_URL_FILE: stage.databaseUrlOf(service),
      SOUK_BUS_URL_FILE: stage.databaseUrlOf(`${service}.bus`),
    }),
    ...(service === provider && {
      SOUK_PAYMENT_WEBHOOK_URL: `http://127.0.0.1:${edges.portOf(webhook)}/v1/webhooks/payments/simulator`,
    }),
  });
  const own: Record<string, Own> = {};
  const give = (instance: string, more: Own) => {
    own[instance] = { ...more, settings: { ...usual(instance.replace(/-\d+$/, "")), ...more.settings } };
    writeFileSync(stage.instances, JSON.stringify(own), { mode: 0o600 });
  };
  for (const service of services)
    for (let number = 1; number <= (replicas[service] ?? 1); number++) give(`${service}-${number}`, {});

  let following = true;
  const follower = (async () => {
    while (following) {
      await edges.follow();
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  })();
  const counts = Object.entries(replicas).flatMap(([service, n]) => ["--replicas", `${service}=${n}`]);
  const up = ["up", "--detach", "--empty", "--port", "0", "--env", "production-like", "--json", ...counts];
  const started = await souk(home.dir, [...up, "--instances", stage.instances], settings);
  if (started.code !== 0) {
    following = false;
    edges.close();
    undertaker.dismiss();
    await rm(home.dir, { recursive: true, force: true });
    throw new Error(`souk up failed (${started.code}): ${started.err}${started.out}`);
  }
  const address = `http://127.0.0.1:${edges.portOf(entrance)}`;
  const direct = client(JSON.parse(started.out).address);
  const http = client(address);
  const tokens = tokensOf(direct, home.secrets);
  const clients = new Map<string, Promise<pg.Client>>();

  async function sql(database: string, text: string): Promise<pg.QueryResult> {
    const port = postgresPort();
    if (port === undefined) throw new Error("PostgreSQL does not run");
    const open =
      clients.get(database) ??
      (async () => {
        const opened = new pg.Client({
          connectionString: await adminUrl(home, port, database),
          application_name: "chaos",
        });
        // It dies with the server that an experiment kills; the next question opens another.
        opened.on("error", () => clients.delete(database));
        await opened.connect();
        return opened;
      })();
    clients.set(database, open);
    try {
      return await (await open).query(text);
    } catch (error) {
      clients.delete(database);
      throw error;
    }
  }

  return {
    address,
    home,
    http,
    edges,
    services,
    sql,
    give,
    processes,
    expected: [...Object.keys(own), "postgres"],
    souk: async (...args) => (await souk(home.dir, args)).out,
    token: tokens,
    async verify(settleSeconds) {
      const { out, err } = await souk(home.dir, ["verify", "--json", "--settle", String(settleSeconds)]);
      if (out === "") throw new Error(`souk verify said nothing: ${err}`);
      return JSON.parse(out);
    },
    arm: (service, at) => writeFileSync(crashFile(stage.crashPoints, service, at), ""),
    disarm: (service, at) => rmSync(crashFile(stage.crashPoints, service, at), { force: true }),
    wasHit: (service, at) => existsSync(hitFile(stage.crashPoints, service, at)),
    async stop() {
      edges.heal();
      await Promise.all([...clients.values()].map(async (one) => (await one).end().catch(() => {})));
      await Promise.all([http.close(), direct.close()]);
      await souk(home.dir, ["down"]);
      following = false;
      await follower;
      edges.close();
      undertaker.dismiss();
      await rm(home.dir, { recursive: true, force: true });
    },
  };
}

/** Tokens of the shop's own scripts, kept as long as they are good: fetched past the proxy, for they are no part of the experiment. */
function tokensOf(http: Client, secretsFile: string): (role: string) => Promise<string> {
  const kept = new Map<string, { token: string; until: number }>();
  return async (role) => {
    if (!roles.some((known) => known === role)) throw new Error(`there is no role ${role}`);
    const known = kept.get(role);
    if (known && known.until > performance.now()) return known.token;
    const { developmentClients } = JSON.parse(readFileSync(secretsFile, "utf8"));
    const body = {
      grant_type: "client_credentials",
      client_id: `dev-${role}`,
      client_secret: developmentClients[`dev-${role}`],
    };
    const answer = await http.persist<{ access_token: string; expires_in: number }>("POST", "/oauth/token", { body });
    if (answer.status !== 200) throw new Error(`no token for ${role}: ${answer.text}`);
    const { access_token: token, expires_in } = answer.body;
    kept.set(role, { token, until: performance.now() + (expires_in - 60) * 1_000 });
    return token;
  };
}
