import assert from "node:assert/strict";
import { test } from "node:test";
import { networkOf } from "./people.ts";

test("an IPv6 customer is known by their network, however the address is written; an IPv4 one by the address", () => {
  for (const [address, network] of [
    ["192.0.2.1", "192.0.2.1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
    ["2001:0DB8:0001:0002::4", "2001:db8:1:2"],
    ["2001:db8::1", "2001:db8:0:0"],
    ["::1", "0:0:0:0"],
    ["unknown", "unknown"],
  ] as const)
    assert.equal(networkOf(address), network);
});
