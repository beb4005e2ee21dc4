import assert from "node:assert/strict";
import { test } from "node:test";
import { signatureHeaders, webhookSecret } from "./signature.ts";

test("a signature is that of Standard Webhooks, as its specification's own example has it", () => {
  const secret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
  const body = '{"email":"test@example.com","username":"test_user"}';
  const headers = signatureHeaders([secret], { id: "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk", seconds: 1_649_367_553, body });
  assert.deepEqual(headers, {
    "webhook-id": "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
    "webhook-timestamp": "1649367553",
    "webhook-signature": "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=",
  });
});

test("two live secrets sign side by side", () => {
  const [old, next] = [webhookSecret(Buffer.alloc(32, 1)), webhookSecret(Buffer.alloc(32, 2))];
  const about = { id: "m", seconds: 1, body: "{}" };
  const both = signatureHeaders([next, old], about)["webhook-signature"]?.split(" ");
  assert.deepEqual(
    both,
    [next, old].map((secret) => signatureHeaders([secret], about)["webhook-signature"]),
  );
});
