import assert from "node:assert/strict";
import { test } from "node:test";
import { ServiceError } from "@souk/kernel";
import { Failure } from "./failure.ts";
import { askAll, type Operated, onlyOne } from "./operator-services.ts";

/** A service whose operator endpoints are reduced to whether it has the thing that is looked for. */
const service = (name: string, find: () => Promise<string>): Operated =>
  ({ service: name, client: { find } }) as unknown as Operated;
const has = (name: string) => service(name, async () => `${name}'s`);
const lacks = (name: string) =>
  service(name, async () => {
    throw new ServiceError("saga.not_found", "not_found", "none");
  });
const away = (name: string) =>
  service(name, async () => {
    throw new ServiceError("mesh.unavailable", "unavailable", "cannot be reached");
  });
const find = (client: Operated["client"]) => (client as unknown as { find(): Promise<string> }).find();

test("a thing is found in the one service that has it", async () => {
  const { service, answer } = await onlyOne([lacks("users"), has("orders")], "a saga", find);
  assert.deepEqual([service.service, answer], ["orders", "orders's"]);
});

test("what no service has, and what several have, is said", async () => {
  await assert.rejects(onlyOne([lacks("users")], "a saga x", find), { message: "No running service has a saga x." });
  await assert.rejects(
    onlyOne([has("shipping"), has("notifications")], "a dead letter x", find),
    (error) =>
      error instanceof Failure && /shipping, notifications/.test(error.message) && /--service/.test(error.next ?? ""),
  );
});

test("a service that cannot be asked is told apart from one that has nothing, and keeps nobody from asking the others", async () => {
  const { answers, silent } = await askAll([away("users"), lacks("products"), has("orders")], find);
  assert.deepEqual(
    answers.map(({ service }) => service.service),
    ["orders"],
  );
  assert.deepEqual(silent, [{ service: "users", why: "cannot be reached" }]);
  await assert.rejects(onlyOne([lacks("orders"), away("users")], "a saga x", find), {
    message: "No service that answers has a saga x; users did not answer.",
  });
  assert.equal((await onlyOne([has("orders"), away("users")], "a saga x", find)).answer, "orders's");
});
