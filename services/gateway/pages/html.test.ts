import assert from "node:assert/strict";
import { test } from "node:test";
import { html } from "./html.ts";

test("whatever is put into a page is text, unless it is markup already", () => {
  assert.equal(html`<p>${'<script>"&'}</p>`.markup, "<p>&lt;script&gt;&quot;&amp;</p>");
  assert.equal(html`<ul>${[html`<li>${"a"}</li>`, html`<li>${1}</li>`]}</ul>`.markup, "<ul><li>a</li><li>1</li></ul>");
});
