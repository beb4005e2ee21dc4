import { type Access, type Contract, type Endpoint, isPublic, rulesOf } from "@souk/contract";
import { type Html, html, page } from "./html.ts";

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

type Schema = {
  type?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  anyOf?: Schema[];
  const?: unknown;
  description?: string;
};

/** A schema in one line: `{ sku: string, quantity: integer, note?: string }`. */
function brief(schema: Schema | undefined, depth = 0): string {
  if (!schema) return "nothing";
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.anyOf) return schema.anyOf.map((one) => brief(one, depth)).join(" | ");
  if (schema.items) return `${brief(schema.items, depth)}[]`;
  if (!schema.properties) return schema.type ?? "any";
  if (depth > 2) return "{ … }";
  const required = new Set(schema.required);
  const members = Object.entries(schema.properties).map(
    ([name, member]) => `${name}${required.has(name) ? "" : "?"}: ${brief(member, depth + 1)}`,
  );
  return members.length === 0 ? "{}" : `{ ${members.join(", ")} }`;
}

// as: TypeBox schemas are JSON Schema; only the members that `brief` reads matter here.
const row = (label: string, schema: unknown): Html =>
  schema ? html`<p><b>${label}</b> <code>${brief(schema as Schema)}</code></p>` : html``;

function operation(endpoint: Endpoint): Html {
  const { method, path, spec } = endpoint;
  return html`<details><summary><span class="method">${method}</span> <code>${braces(path)}</code> <span class="soft">${spec.summary}</span></summary><div>
${spec.description ? html`<p>${spec.description}</p>` : html``}<p><b>For</b> ${audience(endpoint)}</p>
${spec.idempotency === "required" ? html`<p><b>Needs</b> <code>Idempotency-Key</code></p>` : html``}${row("Query", spec.query)}${row("Body", spec.body)}${
  spec.upload ? html`<p><b>Body</b> ${spec.upload.join(", ")}</p>` : html``
}${row(`Answers ${spec.status ?? 200}`, spec.returns)}</div></details>`;
}

/** Every public operation, by service, without a script: it opens where it is clicked. */
export const referencePage = (contracts: readonly Contract[]): string =>
  page(
    "Souk: API reference",
    html`<main><h1>API reference</h1>
<p>The same as <a href="/openapi.json">OpenAPI 3.1</a>. Money is in minor units; errors are <code>application/problem+json</code> with a stable <code>error.code</code>; <a href="/docs/errors">what each means</a>.</p>
${contracts.map((contract) => {
  const endpoints = Object.values(contract.endpoints).filter((one: Endpoint) => isPublic(one) && !one.spec.standIn);
  return endpoints.length === 0
    ? html``
    : html`<section><h2>${contract.name}</h2>${endpoints.map(operation)}</section>`;
})}</main>`,
  );
