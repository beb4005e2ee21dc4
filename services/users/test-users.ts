import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import type { Principal } from "@souk/contract";
import { fakeClock, startForTest } from "@souk/testing";
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from "jose";
import { users } from "./contract.ts";
import definition from "./service.ts";

export type UserPrincipal = Principal & { kind: "user" };

export const issuer = "http://shop.example";
export const admin = { email: "Root@Souk.example", password: "the first administrator" };
export const client = { id: "shop script", secret: "s3cret:with/odd+characters&more%" };
export const password = "correct horse";
const notifier: Principal = { kind: "service", id: "notifications" };
export const gateway: Principal = { kind: "service", id: "gateway" };
export const day = 86_400_000;

/** The service with cheap hashes and a clock that the test moves, and what tests of it do again and again. */
export async function startUsers(env: Readonly<Record<string, string>> = {}) {
  const folder = mkdtempSync(join(tmpdir(), "souk-users-"));
  after(() => rmSync(folder, { recursive: true }));
  const clientsFile = join(folder, "clients.json");
  writeFileSync(clientsFile, JSON.stringify({ [client.id]: { secret: client.secret, roles: ["merchandiser"] } }));

  const clock = fakeClock();
  const seed = (byte: number) => Buffer.alloc(32, byte).toString("base64url");
  const service = await startForTest(definition, new URL("./", import.meta.url), {
    clock,
    env: {
      SOUK_TOKEN_ISSUER: issuer,
      SOUK_TOKEN_SIGNING_KEY: `${seed(1)},${seed(2)}`,
      SOUK_SESSION_TTL: "30d",
      SOUK_ADMIN_EMAIL: admin.email,
      SOUK_ADMIN_PASSWORD: admin.password,
      SOUK_DEV_CLIENTS_FILE: clientsFile,
      SOUK_PASSWORD_MEMORY_KIB: "8",
      SOUK_SIGN_IN_ATTEMPTS_PER_CALLER: "10000",
      ...env,
    },
  });
  const { call, published } = service;

  let people = 0;
  const register = (email = `person${++people}@example.com`, secret = password) =>
    call("register", { body: { email, password: secret, name: "Anna" } });
  const login = (email: string, secret = password, code?: string) =>
    call("login", { body: { email, password: secret, ...(code !== undefined && { code }) } });

  /** What the published keys prove of a token, at the service's time. */
  async function verified(token: string) {
    // as: JWKS is JSON of that shape, which jose checks
    const keys = createLocalJWKSet((await call("jwks")) as JSONWebKeySet);
    const currentDate = new Date(clock.now());
    return jwtVerify(token, keys, { issuer, audience: "souk", typ: "at+jwt", algorithms: ["EdDSA"], currentDate });
  }
  /** Who a token speaks for, as every service understands it. */
  async function bearer(token: string): Promise<UserPrincipal> {
    const { sub = "", roles, sid } = (await verified(token)).payload;
    return { kind: "user", id: sub, roles: roles as string[], sessionId: String(sid) }; // as: asserted by the tests
  }
  /** Somebody new, signed in. */
  async function someone(email?: string) {
    const { user, accessToken, refreshToken } = await register(email);
    return { user, refreshToken, as: await bearer(accessToken) };
  }

  /** The letters of a kind that were announced, newest last. */
  const announced = async (kind: string) =>
    (await published(users.events.letterDue)).flatMap(({ data }) => (data.kind === kind ? [data.letterId] : []));
  /** The newest letter of a kind, as whoever sends it gets it. */
  async function letter(kind: string) {
    const letterId = (await announced(kind)).at(-1) ?? "";
    return call("openLetter", { params: { letterId } }, { as: notifier });
  }
  const root = async () => bearer((await login(admin.email, admin.password)).accessToken);

  return { ...service, clock, register, login, verified, bearer, someone, announced, letter, root };
}
