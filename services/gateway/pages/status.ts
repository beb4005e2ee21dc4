import { html, page } from "./html.ts";

export type Running = { readonly service: string; readonly instances: number; readonly answering: boolean };

const state = ({ instances, answering }: Running): { words: string; tone: "ok" | "bad" } =>
  instances === 0
    ? { words: "not running", tone: "bad" }
    : answering
      ? { words: instances === 1 ? "running" : `running, ${instances} instances`, tone: "ok" }
      : { words: "does not answer; being tried again", tone: "bad" };

/** @param origin how the reader reached this page, e.g. `http://localhost:8080` */
export const statusPage = (running: readonly Running[], origin: string): string =>
  page(
    "Souk",
    html`<main><h1>Souk</h1>
<p>A shop made of independent services. This is its gateway: everything below <code>/v1</code> goes through here.</p>
<nav aria-label="Reference"><a href="/docs">API reference</a><a href="/docs/errors">Error codes</a><a href="/openapi.json">OpenAPI 3.1</a><a href="/asyncapi.json">AsyncAPI 3</a></nav>
<h2>What runs</h2>
<table><thead><tr><th scope="col">Service</th><th scope="col">State</th></tr></thead><tbody>${running.map((one) => {
      const { words, tone } = state(one);
      return html`<tr><th scope="row">${one.service}</th><td class="${tone}">${words}</td></tr>`;
    })}</tbody></table>
<h2>Try it</h2>
<pre>curl ${origin}/v1/products?limit=3
curl -X POST ${origin}/v1/carts -H 'content-type: application/json' -d '{"currency":"EUR"}'</pre>
<p><code>./souk demo</code> sells a few things and shows what each service did; <code>./souk status</code> shows the processes, <code>./souk logs -f</code> what they say, <code>./souk verify</code> whether everything adds up.</p></main>`,
  );
