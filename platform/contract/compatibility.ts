import type { Access } from "./access.ts";
import type { ContractDocument, EndpointDocument } from "./contract-document.ts";
import type { PlainSchema } from "./plain-schema.ts";
import { eventFindings, type Finding, schemaFindings } from "./schema-compatibility.ts";

export { type ContractDocument, contractDocument, type EndpointDocument } from "./contract-document.ts";

/** `where` names the operation or event and, in it, the member; `change` what happened to it; `reason` who is hurt. */
export type BreakingChange = Finding;

/**
 * What in `now` breaks callers and subscribers that were written against `before`. Empty: it may be released at any time, in any
 * order with them. What is for development only promises nothing.
 */
export function breakingChanges(before: ContractDocument, now: ContractDocument): BreakingChange[] {
  const findings: Finding[] = [];
  const current = new Map(
    Object.entries(now.endpoints).map(([line, endpoint]) => [anonymous(line), { line, endpoint }]),
  );
  for (const [line, old] of Object.entries(before.endpoints)) {
    if (old.developmentOnly) continue;
    const found = current.get(anonymous(line));
    if (!found) findings.push({ where: line, change: "removed", reason: "Callers get 404." });
    else findings.push(...endpointFindings(line, old, { ...found.endpoint, ...renamedParams(line, found) }));
  }
  for (const [type, old] of Object.entries(before.events)) {
    const schema = now.events[type];
    if (!schema)
      findings.push({
        where: type,
        change: "removed",
        reason: "Subscribers wait for it in vain; publish it beside its successor.",
      });
    else findings.push(...eventFindings(old, schema, `${type} data`));
  }
  return findings;
}

/** On the wire a path parameter has a place, not a name. */
const anonymous = (line: string) => line.replace(/:\w+/g, ":");
const namesIn = (line: string) => [...line.matchAll(/:(\w+)/g)].map(([, name = ""]) => name);

function renamedParams(
  line: string,
  { line: newLine, endpoint }: { line: string; endpoint: EndpointDocument },
): { params?: PlainSchema } {
  if (!endpoint.params) return {};
  const names = namesIn(line);
  let text = JSON.stringify(endpoint.params);
  namesIn(newLine).forEach((name, index) => {
    text = text.replaceAll(JSON.stringify(name), JSON.stringify(names[index] ?? name));
  });
  return { params: JSON.parse(text) };
}

function endpointFindings(line: string, old: EndpointDocument, now: EndpointDocument): Finding[] {
  const finding = (change: string, reason: string, place = ""): Finding => ({
    where: place ? `${line} ${place}` : line,
    change,
    reason,
  });
  const findings: Finding[] = [];
  if (now.developmentOnly) findings.push(finding("is for development only now", "Callers get 404."));
  for (const rule of old.access.flatMap(singles)) {
    if (!now.access.some((allowed) => covers(allowed, rule))) {
      findings.push(finding(`no longer open to ${named(rule)}`, "Callers who were let in are refused.", "access"));
    }
  }
  for (const place of ["params", "query", "headers", "body"] as const)
    findings.push(...partFindings(line, place, old[place], now[place]));
  if (old.body && now.body && old.bodyOptional && !now.bodyOptional) {
    findings.push(finding("is now required", "Callers may leave it out.", "body"));
  }
  if (limitOf(now) < limitOf(old)) {
    findings.push(finding(`limited to ${limitOf(now)} bytes`, "Larger bodies were accepted.", "body"));
  }
  for (const type of old.upload ?? []) {
    if (!now.upload?.includes(type))
      findings.push(finding(`no longer takes ${type}`, "Callers that send it get 415.", "body"));
  }
  if (now.upload && !old.upload) findings.push(finding("is now an upload", "Callers send JSON, or nothing.", "body"));
  const key = keyFinding(old.idempotency, now.idempotency);
  if (key) findings.push(finding(...key));
  return [...findings, ...answerFindings(line, old, now)];
}

/** As in `Spec.bodyLimit`; an upload has none unless it says so. */
const limitOf = ({ bodyLimit, upload }: EndpointDocument) =>
  bodyLimit ?? (upload ? Number.POSITIVE_INFINITY : 256 * 1024);

const singles = (rule: Access): Access[] =>
  rule.who === "role"
    ? rule.roles.map((role) => ({ who: "role", roles: [role] }))
    : rule.who === "service"
      ? rule.names.map((name) => ({ who: "service", names: [name] }))
      : [rule];

/** Whether everybody whom `rule` (of one role or name) lets in is let in by `allowed` too. */
function covers(allowed: Access, rule: Access): boolean {
  if (allowed.who === "anyone") return true;
  if (allowed.who === "role" && rule.who === "role") return rule.roles.every((role) => allowed.roles.includes(role));
  if (allowed.who === "service" && rule.who === "service")
    return rule.names.every((name) => allowed.names.includes(name));
  return allowed.who === rule.who;
}

const named = (rule: Access): string =>
  rule.who === "role"
    ? `the role ${rule.roles.join()}`
    : rule.who === "service"
      ? `the service ${rule.names.join()}`
      : words[rule.who];
const words = { anyone: "anyone", "signed-in": "everybody who is signed in", holder: "holders" } as const;

function partFindings(
  line: string,
  place: "params" | "query" | "headers" | "body",
  old: PlainSchema | undefined,
  now: PlainSchema | undefined,
): Finding[] {
  const where = `${line} ${place}`;
  if (old && now) return schemaFindings(old, now, "request", where);
  if (old) return [{ where, change: "removed", reason: "What callers send there is no longer looked at." }];
  if (!now) return [];
  const required = Array.isArray(now["required"]) ? now["required"] : [];
  return required.map((name) => ({
    where: `${where}/${name}`,
    change: "added and required",
    reason: "Callers do not know of it.",
  }));
}

function keyFinding(
  old: EndpointDocument["idempotency"],
  now: EndpointDocument["idempotency"],
): [change: string, reason: string] | undefined {
  if (now === "required" && old !== "required")
    return ["now requires an Idempotency-Key", "Callers without one get 400."];
  if (old && !now) return ["is no longer idempotent", "Callers repeat it when they get no answer."];
  return undefined;
}

function answerFindings(line: string, old: EndpointDocument, now: EndpointDocument): Finding[] {
  const findings: Finding[] = [];
  if (old.stream !== now.stream || old.produces !== now.produces) {
    const kind = ({ stream, produces }: EndpointDocument) => (stream ? "a stream of events" : (produces ?? "JSON"));
    if (kind(old) !== kind(now)) {
      return [
        {
          where: `${line} answer`,
          change: `is ${kind(now)} instead of ${kind(old)}`,
          reason: "Readers expect the old kind.",
        },
      ];
    }
  }
  for (const [status, schema] of Object.entries(old.answers)) {
    const answer = now.answers[status];
    const where = `${line} ${status}`;
    if (answer) findings.push(...schemaFindings(schema, answer, "answer", where));
    else findings.push({ where, change: "removed", reason: "Callers wait for this status." });
  }
  const usual = old.answers[old.usualStatus] ?? {};
  for (const [status, schema] of Object.entries(now.answers)) {
    if (status in old.answers || schemaFindings(usual, schema, "answer", "").length === 0) continue;
    findings.push({
      where: `${line} ${status}`,
      change: "added, with another body",
      reason: "Callers take every success for the one they know.",
    });
  }
  return findings;
}
