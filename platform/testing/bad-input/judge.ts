import { fit, isObject, type Schema } from "./schema.ts";
import type { WireAnswer } from "./wire.ts";
import type { WrongRequest } from "./wrong-request.ts";

/** Not now, honestly: asked again a moment later there is another answer. */
export const isPassing = ({ status, headers }: WireAnswer): boolean =>
  (status === 429 || status === 503 || status === 504) &&
  headers["content-type"]?.startsWith("application/problem+json") === true;

/** The most that a refusal may say: it must not be an amplifier for what it was sent. */
const longest = 32 * 1024;

/**
 * What is wrong with the answer to a wrong request; undefined when nothing is.
 * @param sent its bytes: whatever stood in them may be said again
 */
export function mistakeIn(
  answer: WireAnswer,
  { expected, at }: Pick<WrongRequest, "expected" | "at">,
  sent: Buffer,
): string | undefined {
  const { status } = answer;
  if (status >= 500 || Number.isNaN(status)) return `it was answered with ${status}`;
  if (status < 400) return expected === "harmless" ? undefined : `it was answered with ${status}`;
  return mistakeInProblem(answer) ?? leakIn(answer, sent) ?? (at === undefined ? undefined : misplacement(answer, at));
}

const problemSchema: Schema = {
  type: "object",
  required: ["type", "title", "status", "detail", "instance", "error"],
  properties: {
    type: { type: "string", pattern: "^/docs/errors#[a-z_.]+$" },
    title: { type: "string", minLength: 3 },
    status: { type: "integer", minimum: 400, maximum: 599 },
    detail: { type: "string", minLength: 5 },
    instance: { type: "string" },
    error: {
      type: "object",
      required: ["code", "status", "message", "details", "timestamp", "request_id"],
      properties: {
        code: { type: "string", pattern: "^[a-z_]+(\\.[a-z_]+)?$" },
        message: { type: "string", minLength: 5 },
        details: {
          type: "array",
          items: {
            type: "object",
            required: ["field", "message"],
            properties: { field: { type: "string", pattern: "^(/|$)" }, message: { type: "string", minLength: 3 } },
          },
        },
        timestamp: { type: "string", pattern: "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$" },
        request_id: { type: "string", minLength: 8 },
      },
    },
  },
};

type Problem = {
  readonly status: number;
  readonly error: {
    readonly code: string;
    readonly request_id: string;
    readonly details: readonly { readonly field: string; readonly in?: string }[];
  };
};

function problemIn({ text }: WireAnswer): Problem | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return fit(problemSchema, value) === "no" ? undefined : (value as Problem); // as: the schema has just been checked
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Undefined when a refusal is a whole problem document, and nothing in it could be taken for anything else. */
export function mistakeInProblem(answer: WireAnswer): string | undefined {
  const { status, headers, text } = answer;
  if (!headers["content-type"]?.startsWith("application/problem+json"))
    return `no problem document: ${text.slice(0, 200)}`;
  const problem = problemIn(answer);
  if (!problem || problem.status !== status) return `an incomplete problem document: ${text.slice(0, 400)}`;
  const { code, details, request_id } = problem.error;
  if (!headers["x-request-id"] || !headers["traceparent"]) return "no request id or trace";
  if (request_id !== headers["x-request-id"] && headers["idempotent-replayed"] === undefined)
    return "another request's id";
  if (headers["x-content-type-options"] !== undefined && headers["x-content-type-options"] !== "nosniff")
    return "it may be sniffed";
  if (code === "validation_failed" && details.length === 0) return "it does not say what to mend";
  if (text.length > longest) return `${text.length} bytes for a refusal`;
  if (/[<\0-\x1f]/.test(text)) return `unescaped: ${JSON.stringify(text.slice(0, 300))}`;
  return undefined;
}

/** What nobody outside may learn: stacks, SQL, paths, hosts, ports, names of programs. */
const secrets: readonly RegExp[] = [
  /\bat .{1,80}\(.{1,120}:\d+:\d+\)/,
  /\w\.(ts|js|mjs):\d+/,
  /node:internal|node_modules/,
  /\/(work|home|root|tmp|usr|services|platform)\//,
  /\b(select|insert into|update|delete from) .{1,60}\b(from|values|set|where)\b/i,
  /relation "|column "|syntax error at|violates .{1,20}constraint|invalid input syntax|SQLSTATE/i,
  /127\.0\.0\.1|localhost:|ECONN|EPIPE|ETIMEDOUT|socket hang up/,
  /postgres:\/\/|pg_[a-z]+/,
  /TypeError|RangeError|Cannot read|is not a function|undefined is not/,
];

function leakIn({ text }: WireAnswer, sent: Buffer): string | undefined {
  const said = sent.toString("latin1");
  const told = text.replaceAll('\\"', '"');
  for (const secret of secrets) {
    const found = secret.exec(told)?.[0];
    if (found !== undefined && !said.includes(found) && !decoded(said).includes(found))
      return `it tells "${found}": ${text.slice(0, 400)}`;
  }
  return undefined;
}

const decoded = (text: string) =>
  text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

/** A body that breaks its schema in one place is refused with that place, what is in it, or what it is in. */
function misplacement(answer: WireAnswer, at: string): string | undefined {
  const problem = problemIn(answer);
  if (problem?.error.code !== "validation_failed") return undefined;
  const near = problem.error.details.some(
    (detail) =>
      detail.in === undefined && isObject(detail) && (detail.field.startsWith(at) || at.startsWith(detail.field)),
  );
  return near
    ? undefined
    : `what is wrong at "${at}" is not named: ${JSON.stringify(problem.error.details).slice(0, 300)}`;
}
