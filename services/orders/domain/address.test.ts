import assert from "node:assert/strict";
import { test } from "node:test";
import { addressProblems } from "./address.ts";

const to = (country: string, postalCode: string, region?: string) => ({
  name: "A",
  line1: "1 Street",
  city: "Town",
  postalCode,
  country,
  ...(region !== undefined && { region }),
});
type Written = readonly [country: string, postalCode: string, region?: string];
const fieldsOf = (...[country, postalCode, region]: Written) =>
  addressProblems(to(country, postalCode, region), "/at").map(({ field }) => field);

test("addresses that parcels reach are taken", () => {
  for (const address of [
    ["DE", "10115"],
    ["GB", "SW1A 1AA"],
    ["GB", "m11ae"],
    ["NL", "1012 AB"],
    ["PT", "1000-001"],
    ["IE", "D02 AF30"],
    ["US", "20500", "DC"],
    ["US", "20500-0003", "DC"],
    ["CA", "K1A 0B1", "ON"],
    ["JP", "100-0001", "Tokyo"],
    ["AE", "none there is"],
    ["HK", "-"],
  ] as readonly Written[])
    assert.deepEqual(fieldsOf(...address), [], address.join(" "));
});

test("a postal code must look like one of its country's", () => {
  for (const address of [
    ["DE", "1011"],
    ["DE", "AB1 2CD"],
    ["FR", "7500A"],
    ["GB", "12345"],
    ["NL", "0012 AB"],
    ["ES", "53000"],
    ["US", "2050", "DC"],
    ["PL", "00001"],
  ] as readonly Written[])
    assert.deepEqual(fieldsOf(...address), ["/at/postalCode"], address.join(" "));
});

test("where a state is needed it is asked for, together with what else is wrong", () => {
  assert.deepEqual(fieldsOf("US", "20500"), ["/at/region"]);
  assert.deepEqual(fieldsOf("CA", "10115", " "), ["/at/postalCode", "/at/region"]);
});

test("a country that is none is refused, also for a pickup; the rest of a pickup's address is nobody's business", () => {
  assert.deepEqual(fieldsOf("XX", "10115"), ["/at/country"]);
  assert.deepEqual(fieldsOf("UK", "SW1A 1AA"), ["/at/country"]);
  assert.deepEqual(addressProblems(to("DE", "0"), "/at", false), []);
  assert.equal(addressProblems(to("XX", "0"), "/at", false).length, 1);
});
