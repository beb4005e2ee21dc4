import assert from "node:assert/strict";
import { before, test } from "node:test";
import { type Endpoint, rulesOf, type TSchema } from "@souk/contract";
import type { ServiceDefinition } from "@souk/service";
import { operatorContract } from "@souk/service/operator-contract";
import { loadDeclaration } from "../cli/declarations.ts";
import { operator } from "../cli/state/identities.ts";
import { roles, serviceNames } from "../cli/system.ts";

/** What must hold of everything that the services declare, whoever adds to it. */
type Named = { readonly name: string; readonly owner: string; readonly endpoint: Endpoint };

let services: readonly ServiceDefinition[] = [];
let endpoints: readonly Named[] = [];
before(async () => {
  services = await Promise.all((await serviceNames()).map(loadDeclaration));
  const contracts = [...services.map(({ contract }) => contract), operatorContract("chassis")];
  endpoints = contracts.flatMap(({ name: owner, endpoints: own }) =>
    Object.entries<Endpoint>(own).map(([name, endpoint]) => ({ name: `${owner}.${name}`, owner, endpoint })),
  );
  assert.ok(endpoints.length > 60);
});

/** @param judge says what is wrong with one endpoint */
function everyEndpoint(what: string, judge: (named: Named) => readonly string[]): void {
  test(what, () => {
    const complaints = endpoints.flatMap((named) => judge(named).map((complaint) => `${named.name}: ${complaint}`));
    assert.deepEqual(complaints, []);
  });
}

everyEndpoint("every endpoint says who may call it, in words that mean somebody", ({ endpoint }) => {
  const known = new Set([...services.map(({ contract }) => contract.name), operator]);
  const rules = rulesOf(endpoint);
  if (rules.length === 0) return ["has no rule"];
  return rules.flatMap((rule) => {
    if (rule.who === "role")
      return rule.roles.length === 0
        ? ["names no role"]
        : rule.roles.filter((role) => !isRole(role)).map((role) => `there is no role ${role}`);
    if (rule.who === "service")
      return rule.names.length === 0
        ? ["names no service"]
        : rule.names.filter((name) => !known.has(name)).map((name) => `there is no service ${name}`);
    return [];
  });
});
const isRole = (word: string) => (roles as readonly string[]).includes(word);

everyEndpoint("what is internal is for services alone, and what is for services alone is internal", ({ endpoint }) => {
  const inside = endpoint.path.startsWith("/internal/");
  const forServices = rulesOf(endpoint).every(({ who }) => who === "service");
  return inside === forServices
    ? []
    : [
        `${endpoint.path} is for ${rulesOf(endpoint)
          .map(({ who }) => who)
          .join(" or ")}`,
      ];
});

everyEndpoint("a service that may call an endpoint says that it calls its owner", ({ owner, endpoint }) =>
  rulesOf(endpoint).flatMap((rule) =>
    rule.who !== "service" || owner === "chassis"
      ? []
      : rule.names
          .filter((name) => name !== operator)
          .filter((name) => !Object.values(callsOf(name)).some((contract) => contract.name === owner))
          .map((name) => `${name} may call it but does not`),
  ),
);
const callsOf = (name: string) => services.find(({ contract }) => contract.name === name)?.calls ?? {};

everyEndpoint("nothing is taken that was not asked for, and nothing without a bound", ({ endpoint: { spec } }) => [
  ...(["params", "query", "body"] as const).flatMap((place) => (spec[place] ? openings(spec[place], place) : [])),
  ...(spec.headers ? openings({ ...spec.headers, additionalProperties: false }, "headers") : []),
]);

type Plain = {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Plain>>;
  readonly patternProperties?: Readonly<Record<string, Plain>>;
  readonly additionalProperties?: unknown;
  readonly maxProperties?: number;
  readonly items?: Plain;
  readonly anyOf?: readonly Plain[];
  readonly maxItems?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly pattern?: string;
  readonly const?: unknown;
  readonly format?: string;
};

/** Where a request could say something that no schema bounds. */
function openings(schema: TSchema, where: string): string[] {
  const look = (part: Plain, at: string): string[] => {
    const { type, properties = {}, patternProperties = {}, items, anyOf = [] } = part;
    const named = Object.entries(properties).flatMap(([name, member]) => look(member, `${at}.${name}`));
    const records = Object.values(patternProperties);
    return [
      ...named,
      ...records.flatMap((member) => look(member, `${at}.*`)),
      ...anyOf.flatMap((branch) => look(branch, at)),
      ...(items ? look(items, `${at}[]`) : []),
      ...(type === "object" && records.length === 0 && part.additionalProperties !== false
        ? [`${at} takes unknown members`]
        : []),
      ...(records.length > 0 && part.maxProperties === undefined ? [`${at} takes any number of members`] : []),
      ...(type === "array" && part.maxItems === undefined ? [`${at} takes any number of items`] : []),
      ...(type === "string" && part.const === undefined && !isBounded(part)
        ? [`${at} takes a text of any length`]
        : []),
      ...(type === "integer" && (part.minimum === undefined || part.maximum === undefined)
        ? [`${at} takes any number`]
        : []),
    ];
  };
  return look(JSON.parse(JSON.stringify(schema)), where);
}

/** A pattern without `*`, `+` and `{n,}` ends by itself. */
const isBounded = ({ maxLength, format, pattern }: Plain) =>
  maxLength !== undefined ||
  format === "uuid" ||
  format === "date-time" ||
  format === "date" ||
  (pattern?.endsWith("$") === true && !/[*+](?![^[]*\])|\{\d+,\}/.test(pattern));
