import assert from "node:assert/strict";
import { test } from "node:test";
import PostalMime from "postal-mime";
import { mailbox, mimeMessage } from "./mime.ts";

const plain = {
  from: { name: "Souk", address: "shop@souk.example" },
  to: "anna@example.com",
  messageId: "<1@souk.example>",
  at: "2026-11-21T10:04:05.678Z",
  subject: "Your order is confirmed",
  text: "Hello\n",
  html: "<p>Hello</p>\n",
} as const;
const long = `Ihre Bestellung – ${"größte Überraschung 🎁 ".repeat(8)}`.trim();

test("what is composed is what a mail program reads", async () => {
  const text = `${"ä € 🎁 ".repeat(400)}\n.\n..\nend`;
  const mail = {
    ...plain,
    from: { name: "Söuk", address: "shop@souk.example" },
    subject: long,
    text,
    html: `<p>${text}</p>`,
  };
  const read = await PostalMime.parse(
    mimeMessage({ ...mail, headers: { "List-Unsubscribe": "<https://x.example/1>" } }),
  );
  assert.equal(read.subject, long);
  assert.deepEqual(read.from, mail.from);
  assert.deepEqual(read.to, [{ name: "", address: plain.to }]);
  assert.deepEqual([read.messageId, read.date], [plain.messageId, "2026-11-21T10:04:05.000Z"]);
  assert.equal(read.text?.trimEnd(), text);
  assert.equal(read.html?.trimEnd(), `<p>${text}</p>`);
  assert.ok(read.headers.some(({ key, value }) => key === "list-unsubscribe" && value === "<https://x.example/1>"));
});

test("no line is longer than mail servers take, and the whole is ASCII", () => {
  const raw = mimeMessage({ ...plain, subject: long, text: "x".repeat(10_000) }).toString("latin1");
  for (const line of raw.split("\r\n")) assert.ok(line.length <= 78 && /^[\t -~]*$/.test(line), line);
  assert.match(raw, /^Date: Sat, 21 Nov 2026 10:04:05 \+0000$/m);
});

test("nothing that somebody entered begins a header of its own", async () => {
  const evil = "Hi\r\nBcc: eve@example.com\r\n\r\n<p>";
  const read = await PostalMime.parse(
    mimeMessage({ ...plain, subject: evil, to: `a@example.com\r\nBcc: eve@example.com` }),
  );
  assert.equal(read.bcc, undefined);
  assert.equal(
    read.headers.some(({ key }) => key === "bcc"),
    false,
  );
});

test("a sender is an address, with a name or without", () => {
  assert.deepEqual(mailbox("Souk <shop@souk.example>"), { name: "Souk", address: "shop@souk.example" });
  assert.deepEqual(mailbox('"Souk, Ltd" <shop@souk.example>'), { name: "Souk, Ltd", address: "shop@souk.example" });
  assert.deepEqual(mailbox("shop@souk.example"), { name: "", address: "shop@souk.example" });
});
