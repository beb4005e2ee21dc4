import { notifications } from "@souk/notifications/contract";
import { orders } from "@souk/orders/contract";
import { defineService, env, type Var } from "@souk/service";
import { shipping } from "@souk/shipping/contract";
import { bootstrap, sealTheClear } from "./bootstrap.ts";
import { users } from "./contract.ts";
import { recommended } from "./password.ts";
import { routes } from "./routes.ts";
import { wireServices } from "./services.ts";
import { tokenIssuer } from "./tokens.ts";

const hourMs = 3_600_000;
/** The services that keep something about people: each is asked to erase and to export, and an erasure is complete when all have answered. */
const keepers = [notifications, orders, shipping];

/** Cheaper than recommended is for tests and development: a stolen table of cheap hashes is soon a table of passwords. */
const passwordMemoryKib: Var<number> = {
  ...env.integer("PASSWORD_MEMORY_KIB", {
    default: recommended.memory,
    min: 8,
    max: 1_048_576,
    describe: "KiB of memory that hashing a password takes (Argon2id)",
  }),
  parse(raw, { development }) {
    const kib = raw === undefined ? recommended.memory : Number(raw);
    if (!Number.isSafeInteger(kib) || kib < 8 || kib > 1_048_576)
      throw new Error(`"${raw}" is not a whole number from 8 to 1048576.`);
    if (!development && kib < recommended.memory)
      throw new Error(`${kib} is too little outside development; ${recommended.memory} at least.`);
    return kib;
  },
};

export default defineService({
  contract: users,
  config: {
    signingKey: env.secret("TOKEN_SIGNING_KEY", { describe: "Signs access tokens: 32 random bytes as base64url" }),
    personalDataKey: env.secret("PERSONAL_DATA_KEY", {
      describe: "Wraps the keys under which personal data is sealed",
    }),
    addressKey: env.secret("ADDRESS_KEY", {
      describe: "Makes the digests by which addresses are found: the same in every service, and never changed",
    }),
    letterKey: env.secret("LETTER_KEY", { describe: "Makes the tokens in letters and the digests of recovery codes" }),
    issuer: env.url("TOKEN_ISSUER", { describe: "The shop's public address, as access tokens name it" }),
    audience: env.string("TOKEN_AUDIENCE", { default: "souk", describe: "Whom access tokens are for" }),
    sessionMs: env.duration("SESSION_TTL", { default: "30d", describe: "How long a session lives without being used" }),
    passwordMemoryKib,
    attemptsPerCaller: env.integer("SIGN_IN_ATTEMPTS_PER_CALLER", {
      default: 100,
      min: 1,
      describe: "Sign-ups and failed sign-ins in a quarter of an hour that one network address may make",
    }),
    staffSecondFactor: env.oneOf("STAFF_SECOND_FACTOR", ["required", "optional"], {
      optional: true,
      describe: "Whether staff's roles count only with a second factor; by default required, optional in development",
    }),
    adminEmail: env.string("ADMIN_EMAIL", {
      default: "admin@souk.example",
      describe: "The first administrator's address",
    }),
    adminPassword: env.secret("ADMIN_PASSWORD", { describe: "The first administrator's password" }),
    clientsFile: env.string("DEV_CLIENTS_FILE", {
      optional: true,
      describe: "Machine clients: JSON of id to { secret, roles }",
    }),
  },
  calls: {},
  consumes: [
    notifications.events.erased,
    notifications.events.exported,
    orders.events.erased,
    orders.events.exported,
    shipping.events.erased,
    shipping.events.exported,
  ],

  wire: ({ config, db, publish, clock, newId, newSecret, development }) => {
    const { signingKey, issuer, audience, staffSecondFactor = development ? "optional" : "required" } = config;
    const tokens = tokenIssuer({ seeds: signingKey.accepted, issuer, audience, clock, newId });
    const services = wireServices({
      ...{ db, publish, clock, newId, newSecret, tokens, ...config },
      staffNeedSecondFactor: staffSecondFactor === "required",
      keepers: keepers.map(({ name }) => name),
    });
    const { sessions, letters, throttle, erasure, dataExport, accounts, machines, people } = services;
    return {
      routes: routes(services),
      on: {
        "notifications.erased.v1": erasure.answered("notifications"),
        "notifications.exported.v1": dataExport.answered("notifications"),
        "orders.erased.v1": erasure.answered("orders"),
        "orders.exported.v1": dataExport.answered("orders"),
        "shipping.erased.v1": erasure.answered("shipping"),
        "shipping.exported.v1": dataExport.answered("shipping"),
      },
      tasks: [
        { name: "sweep ended sessions", everyMs: hourMs, run: sessions.sweep },
        { name: "sweep old letters", everyMs: hourMs, run: letters.sweep },
        { name: "sweep attempts to sign in", everyMs: hourMs, run: throttle.sweep },
        { name: "forget revoked keys", everyMs: hourMs, run: machines.sweep },
        { name: "sweep exports", everyMs: 10 * 60_000, run: dataExport.sweep },
        { name: "erase accounts that lost their address", everyMs: hourMs, run: erasure.eraseDisplaced },
      ],
      async start() {
        await sealTheClear(db, people, clock);
        await bootstrap({
          ...{ accounts, machines, clientsFile: config.clientsFile },
          admin: { email: config.adminEmail, password: config.adminPassword.current },
        });
        return { close: async () => {} };
      },
    };
  },
});
