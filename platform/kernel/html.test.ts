import assert from "node:assert/strict";
import { test } from "node:test";
import { html } from "./html.ts";

test("whatever is put into a page is text, unless it is markup already", () => {
  const name = `"><script>alert('&')</script>`;
  assert.equal(
    html`<p title="${name}">${html`<b>${1}</b>`}${[html`<i>`, html`</i>`]}</p>`.markup,
    '<p title="&quot;&gt;&lt;script&gt;alert(&#39;&amp;&#39;)&lt;/script&gt;"><b>1</b><i></i></p>',
  );
});
