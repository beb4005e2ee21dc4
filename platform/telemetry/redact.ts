/**
 * Logs and spans hold an allow-list of fields, and even those are scrubbed: an error's message may quote what a stranger sent.
 * Card numbers are 14–19 digits in groups that satisfy Luhn's check; other long numbers (timestamps in ms have 13) stay.
 */
const MARK = "[redacted]";
// Begins where such a run begins: tried at each of its letters, a long one without an @ would take quadratic time.
const email = /(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g;
// Three base64url parts (JWT), an authorization value, or the userinfo of a connection string.
const token = /\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*|\b(?:Bearer|Basic)\s+[\w.~+/=-]{8,}|(?<=:\/\/[^\s/:@]*:)[^\s/@]+(?=@)/gi;
// Not a piece of an id or of a fraction; but a sentence may end with one.
const digits = /(?<![\w-]|\d\.)\d(?:[ -]?\d){13,18}(?![\w-]|\.\d)/g;

/** Longer text is cut: a log line is for reading. Stacks get more room, see `log.ts`. */
const MAX_TEXT = 1_000;

function luhn(number: string): boolean {
  let sum = 0;
  for (let i = 0; i < number.length; i++) {
    const digit = number.charCodeAt(number.length - 1 - i) - 48;
    sum += i % 2 === 0 ? digit : digit > 4 ? digit * 2 - 9 : digit * 2;
  }
  return sum % 10 === 0;
}

/** `text` without e-mail addresses, tokens, passwords in URLs and card numbers, cut at `maxLength`. */
export function scrub(text: string, maxLength = MAX_TEXT): string {
  const cut = text.length > maxLength ? `${text.slice(0, maxLength)}…` : text;
  return cut
    .replace(token, MARK)
    .replace(email, MARK)
    .replace(digits, (match) => (luhn(match.replaceAll(/[ -]/g, "")) ? MARK : match));
}

// Words that name one thing of the machinery, never a person. Everything else must say by its suffix that it is an id, a
// measure or a word of a fixed vocabulary: `orderId`, `durationMs`, `retryCount`, `errorCode`.
const words = new Set([
  ...[
    "action",
    "attempt",
    "attempts",
    "code",
    "component",
    "dependency",
    "direction",
    "event",
    "from",
    "instance",
    "job",
  ],
  ...[
    "kind",
    "level",
    "lifecycle",
    "limit",
    "method",
    "migration",
    "mode",
    "name",
    "operation",
    "outcome",
    "phase",
    "pid",
    "port",
  ],
  ...[
    "process",
    "projection",
    "queue",
    "reason",
    "region",
    "role",
    "route",
    "saga",
    "sequence",
    "service",
    "signal",
    "size",
  ],
  ...["source", "state", "status", "step", "subscriber", "task", "to", "transport", "type", "version", "worker"],
]);
const suffix = /(?:Id|Ids|Ms|Count|Bytes|At|Status|Code|Type|Version|Sequence)$/;
const personal = /email|phone|card|token|secret|password|address/i;

/** Whether a log field of this name may be written at all. */
export const isAllowed = (name: string): boolean => words.has(name) || (suffix.test(name) && !personal.test(name));
