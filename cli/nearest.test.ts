import assert from "node:assert/strict";
import { test } from "node:test";
import { nearest } from "./nearest.ts";

const words = ["up", "down", "status", "logs", "doctor", "sagas"];

test("a slip of the fingers finds the word that was meant", () => {
  assert.equal(nearest("statsu", words), "status");
  assert.equal(nearest("sttaus", words), "status");
  assert.equal(nearest("log", words), "logs");
  assert.equal(nearest("doc", words), "doctor");
  assert.equal(nearest("saga", words), "sagas");
});

test("a word that means nothing here finds none", () => {
  assert.equal(nearest("frobnicate", words), undefined);
  assert.equal(nearest("xy", words), undefined);
});
