import assert from "node:assert/strict";
import { test } from "node:test";
import { ServiceError, type Status } from "@souk/kernel";
import { httpStatus, problemOf, RequestProblem, withHeaders } from "./problems.ts";

const at = { requestId: "r1", instance: "/v1/orders/1", timestamp: "2030-01-01T12:00:00.000Z" };
const shown = (error: unknown) => {
  const { http, document, headers } = problemOf(error, at);
  return { http, headers, ...JSON.parse(document) };
};

test("a service's error is a problem with its code, its words and where it happened", () => {
  const error = new ServiceError("orders.already_paid", "failed_precondition", "Order 1 is paid.", { orderId: "1" });
  assert.deepEqual(shown(error), {
    http: 409,
    headers: {},
    type: "/docs/errors#orders.already_paid",
    title: "Already paid",
    status: 409,
    detail: "Order 1 is paid.",
    instance: "/v1/orders/1",
    error: {
      code: "orders.already_paid",
      status: "failed_precondition",
      message: "Order 1 is paid.",
      details: [],
      data: { orderId: "1" },
      timestamp: "2030-01-01T12:00:00.000Z",
      request_id: "r1",
    },
  });
});

test("a refusal may say in a header where the thing is that it is about", () => {
  const error = withHeaders(new ServiceError("x.y", "invalid_argument", "…"), { location: "/v1/orders/1" });
  assert.deepEqual(shown(error).headers, { location: "/v1/orders/1" });
});

test("fields to mend are details", () => {
  const details = [{ field: "/a", message: "is required" }];
  assert.deepEqual(shown(new RequestProblem("validation_failed", "Mend it.", { details })).error.details, details);
});

const statuses: readonly (readonly [Status, number])[] = [
  ["invalid_argument", 422],
  ["unauthenticated", 401],
  ["permission_denied", 403],
  ["not_found", 404],
  ["already_exists", 409],
  ["failed_precondition", 409],
  ["aborted", 409],
  ["resource_exhausted", 429],
  ["unavailable", 503],
  ["deadline_exceeded", 504],
  ["internal", 500],
];
for (const [status, http] of statuses) {
  test(`${status} is ${http}`, () => {
    assert.equal(shown(new ServiceError("x.y", status, "…")).http, http);
    assert.equal(httpStatus[status], http);
  });
}

test("nothing of an unexpected error is shown", () => {
  const secrets = [
    new Error("select * from users at /srv/db.ts"),
    new ServiceError("x.y", "internal", "host db-1"),
    "boom",
    undefined,
  ];
  for (const error of secrets) {
    const { document, http } = problemOf(error, at);
    assert.equal(http, 500);
    assert.doesNotMatch(document, /select|srv|db-1|boom|x\.y/);
    assert.equal(JSON.parse(document).error.code, "internal");
  }
});

test("who is told to wait is told how long, and not all the same", () => {
  const waits = Array.from("0123456789", (id) =>
    problemOf(new ServiceError("x.y", "unavailable", "…"), { ...at, requestId: id }),
  );
  const seconds = new Set(waits.map(({ headers }) => headers["retry-after"]));
  assert.deepEqual([...seconds].toSorted(), ["1", "2", "3"]);
});

test("details that are no JSON are left out rather than failing the answer", () => {
  const circle: { self?: unknown } = {};
  circle.self = circle;
  for (const details of [{ total: 1n }, circle]) {
    assert.deepEqual(shown(new ServiceError("x.y", "not_found", "…", details)).error.details, []);
  }
});
