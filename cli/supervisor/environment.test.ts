import assert from "node:assert/strict";
import { test } from "node:test";
import { homeAt } from "../state/home.ts";
import { serviceEnvironment } from "./environment.ts";

const declaration = {
  ...{ name: "payments", database: true, calls: [], settings: ["SOUK_PAYMENT_PROVIDER"] },
  secrets: ["SOUK_WEBHOOK_SECRET"],
  optionalSecrets: ["SOUK_STRIPE_SECRET_KEY"],
};
const up = { productionLike: false } as Parameters<typeof serviceEnvironment>[0]["up"]; // as: all that it looks at
const environmentOf = (outer: Record<string, string>) =>
  serviceEnvironment({
    ...{ home: homeAt("/shop"), declaration, instance: "payments-1", port: 0, up, localSettings: {}, outer },
  });
const secretsIn = (outer: Record<string, string>) =>
  Object.fromEntries(Object.entries(environmentOf(outer)).filter(([name]) => /WEBHOOK|STRIPE/.test(name)));

test("a secret of our own is the one that was made up, and one of a provider is not made up", () => {
  assert.deepEqual(secretsIn({}), { SOUK_WEBHOOK_SECRET_FILE: "/shop/secrets/SOUK_WEBHOOK_SECRET" });
});

test("what the owner sets wins, as a value or as a file, and never both", () => {
  const given = { SOUK_WEBHOOK_SECRET: "mine", SOUK_STRIPE_SECRET_KEY_FILE: "/keys/stripe" };
  assert.deepEqual(secretsIn(given), given);
  assert.deepEqual(Object.keys(secretsIn({ SOUK_STRIPE_SECRET_KEY: "" })), ["SOUK_WEBHOOK_SECRET_FILE"]);
});
