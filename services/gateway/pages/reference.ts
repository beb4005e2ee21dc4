import { type Access, type Contract, type Endpoint, isPublic, rulesOf } from "@souk/contract";
import type { Steps } from "@souk/contract/steps";
import { type Html, html, page } from "./html.ts";
import { leastOf, type Schema, shape } from "./shape.ts";

const braces = (path: string) => path.replace(/:(\w+)/g, "{$1}");

const audience = (endpoint: Endpoint): string => rulesOf(endpoint).flatMap(readers).join(", ");

function readers(rule: Access): readonly string[] {
  switch (rule.who) {
    case "anyone":
      return ["anyone"];
    case "signed-in":
      return ["whoever is signed in"];
    case "holder":
      return ["its owner, or whoever has its token"];
    case "role":
      return rule.roles;
    case "service":
      return [];
  }
}

/** Text in which backticks mark what one types. */
const prose = (text: string): readonly Html[] =>
  text.split("`").map((part, i) => (i % 2 === 0 ? html`${part}` : html`<code>${part}</code>`));

// as: TypeBox schemas are JSON Schema; only the members that `shape` reads matter here.
const shaped = (label: string, schema: unknown): Html =>
  schema ? html`<h4>${label}</h4><pre>${shape(schema as Schema)}</pre>` : html``;

/** A request that one can type: with what must be in it and no more. */
function curl(endpoint: Endpoint, publicUrl: string): string {
  const { method, path, spec } = endpoint;
  const parts = [`curl${method === "GET" ? "" : ` -X ${method}`} ${publicUrl}${braces(path)}`];
  if (!rulesOf(endpoint).some(({ who }) => who === "anyone")) parts.push('-H "authorization: Bearer $TOKEN"');
  if (spec.idempotency === "required") parts.push('-H "idempotency-key: $(uuidgen)"');
  if (spec.upload) parts.push(`-H "content-type: ${spec.upload[0]}" --data-binary @FILE`);
  else if (spec.body) {
    const least = JSON.stringify(leastOf(spec.body as Schema)); // as: see `shaped`
    parts.push('-H "content-type: application/json"', `-d '${least}'`);
  }
  return parts.join(" \\\n  ");
}

function operation(service: string, name: string, endpoint: Endpoint, publicUrl: string): Html {
  const { method, path, spec } = endpoint;
  return html`<details id="${service}.${name}"><summary><span class="method">${method}</span> <code>${braces(path)}</code> <span class="soft">${spec.summary}</span></summary><div>
${spec.description ? html`<p>${prose(spec.description)}</p>` : html``}<p><b>For</b> ${audience(endpoint)}</p>
${spec.idempotency === "required" ? html`<p><b>Needs</b> <code>Idempotency-Key</code>: sent again with the same key, it has no further effect and answers the same.</p>` : html``}
<pre>${curl(endpoint, publicUrl)}</pre>
${shaped("Query", spec.query)}${shaped("Headers", spec.headers)}${shaped("Body", spec.body)}${
  spec.upload ? html`<p><b>Body</b> ${spec.upload.join(", ")}</p>` : html``
}${spec.produces ? html`<p><b>Answers ${spec.status ?? 200}</b> ${spec.produces}</p>` : shaped(`Answers ${spec.status ?? 200}`, spec.returns)}</div></details>`;
}

/** Every public operation, by service, without a script: it opens where it is clicked. Operation by operation. */
export function* referencePage(contracts: readonly Contract[], publicUrl: string): Steps<string> {
  const sections: Html[] = [];
  const all = shown(contracts);
  for (const { contract, endpoints } of all) {
    const operations: Html[] = [];
    for (const [name, one] of endpoints) {
      operations.push(operation(contract.name, name, one, publicUrl));
      yield;
    }
    sections.push(html`<section id="${contract.name}"><h2>${contract.name}</h2>${operations}</section>`);
  }
  return page(
    "Souk: API reference",
    html`<main><h1>API reference</h1>
<p>Each line opens: who may, a request to type, what goes in and what comes out. The same as <a href="/openapi.json">OpenAPI 3.1</a>. Money is in minor units; errors are <code>application/problem+json</code> with a stable <code>error.code</code>; <a href="/docs/errors">what each means</a>.</p>
<nav aria-label="Services">${all.map(({ contract: { name } }) => html`<a href="#${name}">${name}</a>`)}</nav>
${sections}</main>`,
  );
}

/** A stand-in is another service's endpoint, answered here until that one is there. */
const shown = (contracts: readonly Contract[]) =>
  contracts
    .map((contract) => ({
      contract,
      endpoints: Object.entries<Endpoint>(contract.endpoints).filter(([, one]) => isPublic(one) && !one.spec.standIn),
    }))
    .filter(({ endpoints }) => endpoints.length > 0);
