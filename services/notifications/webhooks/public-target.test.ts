import assert from "node:assert/strict";
import { test } from "node:test";
import { isPublicAddress, problemOfTarget, publicLookup } from "./public-target.ts";

test("only addresses of the public internet are public, however they are written", () => {
  for (const address of ["93.184.215.14", "1.1.1.1", "2606:4700:4700::1111", "2a00:1450:4001:81b::200e"])
    assert.equal(isPublicAddress(address), true, address);
  for (const address of [
    ...["127.0.0.1", "127.255.0.1", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1"],
    ...["169.254.169.254", "224.0.0.1", "255.255.255.255", "198.18.0.1", "192.0.0.8", "203.0.113.9"],
    ...["::", "::1", "::ffff:127.0.0.1", "::ffff:7f00:1", "::127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001::1"],
    ...["fe80::1", "fc00::1", "fd12:3456::1", "ff02::1", "2001:db8::1"],
    ...["", "localhost", "127.1", "0x7f000001"],
  ])
    assert.equal(isPublicAddress(address), false, address);
});

test("a webhook's address must be https, public and without a password; in development it may be anywhere", () => {
  assert.equal(problemOfTarget("https://merchant.example/hooks?x=1", false), undefined);
  assert.equal(problemOfTarget("https://93.184.215.14:8443/", false), undefined);
  for (const url of [
    ...["http://merchant.example/", "ftp://merchant.example/", "merchant.example", "https://user:pw@merchant.example/"],
    ...[
      "https://merchant.example/#x",
      "https://localhost/",
      "https://metadata.google.internal/",
      "https://printer.local",
    ],
    // The URL parser makes plain addresses of all these.
    ...[
      "https://127.0.0.1/",
      "https://2130706433/",
      "https://0x7f.1/",
      "https://017700000001/",
      "https://[::1]/",
      "https://[::ffff:10.0.0.1]/",
    ],
    ...["https://169.254.169.254/latest/meta-data", "https://intranet/"],
  ])
    assert.equal(typeof problemOfTarget(url, false), "string", url);
  assert.equal(problemOfTarget("http://127.0.0.1:3000/", true), undefined);
  assert.equal(typeof problemOfTarget("file:///etc/passwd", true), "string");
});

test("a name that leads inside is refused when it is called, whatever it led to before", async () => {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  publicLookup("localhost", { all: true }, (error) => resolve(error));
  assert.equal(((await promise) as { code?: string } | null)?.code, "ERR_NOT_PUBLIC"); // as: an error or null
});
