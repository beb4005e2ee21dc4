import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { pictureIn } from "./picture.ts";

const hex = (text: string) => Buffer.from(text.replaceAll(" ", ""), "hex");
const heads = {
  "image/png": hex("89504e470d0a1a0a 0000000d 49484452 00000003 00000002 0806000000"),
  "image/gif": hex("474946383961 0300 0200 000000"),
  "image/jpeg": hex("ffd8 ffe0 0010 4a46494600010100000100010000 ffc4 0004 0000 ffff c0 0011 08 0002 0003 030122"),
  "image/webp": hex("52494646 24000000 57454250 56503858 0a000000 00000000 020000 010000"),
};

for (const [mediaType, bytes] of Object.entries(heads))
  test(`${mediaType} says how large it is`, () => {
    assert.deepEqual(pictureIn(bytes), { mediaType, width: 3, height: 2 });
  });

test("lossy and lossless WebP say it in ways of their own", () => {
  const lossy = hex("52494646 24000000 57454250 56503820 18000000 300100 9d012a 0300 0200");
  assert.deepEqual(pictureIn(lossy), { mediaType: "image/webp", width: 3, height: 2 });
  const lossless = hex("52494646 24000000 57454250 5650384c 18000000 2f 02400000");
  assert.deepEqual(pictureIn(lossless), { mediaType: "image/webp", width: 3, height: 2 });
});

test("drawings that can hold scripts, and what is cut off in its head, are no pictures", () => {
  for (const text of ["<svg xmlns='http://www.w3.org/2000/svg'/>", "", "GIF89a", "\u0089PNG"])
    assert.equal(pictureIn(Buffer.from(text, "latin1")), undefined);
  for (const bytes of Object.values(heads)) assert.equal(pictureIn(bytes.subarray(0, 9)), undefined);
});

test("no bytes make it fail", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...Object.values(heads)),
      fc.uint8Array({ maxLength: 60 }),
      fc.nat(30),
      (head, noise, cut) => {
        pictureIn(Buffer.concat([head.subarray(0, cut), noise]));
      },
    ),
    { seed: 20_300_101 },
  );
});
