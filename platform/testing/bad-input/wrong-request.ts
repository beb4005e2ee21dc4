import { type Draw, drawFor } from "./draw.ts";
import { badEscapes, hostileTexts } from "./hostile.ts";
import type { Operation, Parameter } from "./operations.ts";
import { bytesOf, type Request } from "./request.ts";
import { fit, type Schema } from "./schema.ts";
import { keyFor, pathFor, soundRequest } from "./sound-request.ts";
import { wrongBody } from "./wrong-json.ts";

export type WrongRequest = Request & {
  /**
   * `refused`: a problem document with a 4xx, and nothing has changed. `harmless`: what is odd about it is none of the server's
   * business, or only the operation can tell: any answer but a 5xx, and nothing has changed.
   */
  readonly expected: "refused" | "harmless";
  /** Where the body breaks its schema: the answer names it, or what is around it. */
  readonly at?: string;
};

const bodyLimit = 256 * 1024;

/** The `n`th wrong request to an operation: always the same for a seed. */
function wrongRequest(operation: Operation, seed: number, n: number): WrongRequest {
  const draw = drawFor(`${seed} ${operation.id} ${n}`);
  const sound = soundRequest(operation, draw, `${operation.id}#${n}`);
  const ways = waysFor(operation);
  for (let i = 0; i < 100; i++) {
    const wrong = draw.one(ways)(operation, sound, draw);
    if (wrong) return { ...sound, ...wrong, what: wrong.what, expected: wrong.expected ?? "refused" };
  }
  throw new Error(`no way was found to do ${operation.id} wrong`);
}

/** `count` different ones. @throws Error when an operation offers too little to do wrong */
export function* wrongRequests(operation: Operation, seed: number, count: number): Generator<WrongRequest> {
  const seen = new Set<string>();
  for (let n = 0; seen.size < count; n++) {
    if (n > 20 * count) throw new Error(`only ${seen.size} ways were found to do ${operation.id} wrong`);
    const request = wrongRequest(operation, seed, n);
    const bytes = bytesOf(request).toString("latin1");
    if (seen.has(bytes)) continue;
    seen.add(bytes);
    yield request;
  }
}

type Change = Partial<Pick<Request, "method" | "target" | "headers" | "body">> & {
  readonly what: string;
  readonly expected?: WrongRequest["expected"];
  readonly at?: string;
};
type Way = (operation: Operation, sound: Request, draw: Draw) => Change | undefined;

/** The ways that an operation offers, each as often as there is something to find. */
const waysFor = ({ json, upload, params, query, needsKey, headers }: Operation): readonly Way[] => [
  ...times(json ? 10 : 0, badBody),
  ...times(json ? 2 : 0, badMedia),
  ...times(json?.required ? 1 : 0, noBody),
  ...times(upload ? 3 : 0, badUpload),
  ...times(params.length > 0 ? 3 : 0, badParam),
  ...times(query.length > 0 ? 4 : 0, badQuery),
  ...times(headers.length > 0 ? 2 : 0, badHeader),
  ...times(needsKey ? 2 : 0, badKey),
  ...times(2, strangeQuery),
  ...times(1, badTarget),
  ...times(1, badToken),
  ...times(1, badHead),
  ...times(1, oddHead),
  ...times(1, wrongMethod),
];
const times = <T>(n: number, item: T): T[] => Array.from({ length: n }, () => item);

const withHeader = (sound: Request, name: string, ...values: string[]) => [
  ...sound.headers.filter(([own]) => own.toLowerCase() !== name),
  ...values.map((value) => [name, value] as const),
];
const withQuery = (target: string, query: string) => `${target}${target.includes("?") ? "&" : "?"}${query}`;
const encoded = (text: string) => encodeURIComponent(text.toWellFormed());

const badBody: Way = ({ json }, _, draw) => {
  if (!json) return undefined;
  const { what, content, at } = wrongBody(json.schema, draw, bodyLimit);
  return { what: `a body with ${what}`, body: content, ...(at !== undefined && { at }) };
};

const otherTypes = [
  ...[
    "text/plain",
    "text/html",
    "application/xml",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
  ],
  ...["application/jsonx", "application/json5", "application/vnd.api+json", "application/json; charset=latin1", "*/*"],
  ...[
    "application/json; charset=utf-16",
    "application/json, text/plain",
    "json",
    "",
    ";",
    "application/",
    "application/json\\",
  ],
];
const badMedia: Way = (_, sound, draw) =>
  draw.sometimes(0.7)
    ? {
        what: "another media type",
        headers: withHeader(sound, "content-type", draw.one(otherTypes)),
        ...(!sound.body && { body: Buffer.from("{}") }),
      }
    : {
        what: "a body that is compressed, it says",
        headers: withHeader(
          sound,
          "content-encoding",
          draw.one(["gzip", "br", "deflate", "zstd", "compress", "gzip, gzip", "x"]),
        ),
        ...(!sound.body && { body: Buffer.from("{}") }),
      };

const noBody: Way = (_, sound, draw) => ({
  what: "no body",
  body: draw.sometimes(0.5) ? undefined : Buffer.alloc(0),
  headers: sound.headers,
});

const badUpload: Way = ({ upload = [] }, sound, draw) =>
  draw.sometimes(0.5)
    ? {
        what: "an upload of another media type",
        headers: withHeader(
          sound,
          "content-type",
          draw.one(otherTypes.filter((type) => !upload.some((one) => type.startsWith(one)))),
        ),
      }
    : {
        what: "garbage for an upload",
        expected: "harmless",
        headers: withHeader(sound, "content-type", draw.one(upload)),
        body: draw.one(garbage)(draw),
      };

const garbage: readonly ((draw: Draw) => Buffer)[] = [
  (draw) => Buffer.from(Array.from({ length: draw.integer(1, 3_000) }, () => draw.integer(0, 255))),
  (draw) => Buffer.from(draw.one(hostileTexts)),
  () => Buffer.alloc(0),
  (draw) => Buffer.from(`a,b\n"${"x".repeat(draw.integer(1, 5_000))}`),
  (draw) => Buffer.from('"title":[]\nnull\n{"title":1}\n[[[[\n'.repeat(draw.integer(1, 50))),
  (draw) => Buffer.from(`${'{"a":'.repeat(draw.integer(33, 900))}1`),
  (draw) => Buffer.from(`grant_type=${encoded(draw.one(hostileTexts))}&client_id=x&client_id=y&client_secret=%zz`),
  (draw) =>
    Buffer.from(
      `{"grant_type":"client_credentials","client_id":${draw.one(['"\\u0000"', "{}", '"\\ud800"', "1e400"])}}`,
    ),
];

/** Texts for where only text can stand. */
const textFor = (draw: Draw) =>
  draw.one([
    () => draw.one(hostileTexts),
    () =>
      draw.one([
        "",
        " ",
        "-1",
        "1.5",
        "1e9",
        "0x10",
        "007",
        "+1",
        "99999999999999999999",
        "NaN",
        "null",
        "[]",
        "{}",
        "true",
      ]),
    () => "x".repeat(draw.integer(200, 6_000)),
    () => String.fromCharCode(draw.integer(1, 31)),
  ])();

/** Whether a schema takes a text that stands in a head, where everything is text. */
function takesText(schema: Schema, text: string): boolean {
  const readings = [
    text,
    ...(text.trim() === text && text !== "" && !Number.isNaN(Number(text)) ? [Number(text)] : []),
    text === "true" || text === "false" ? text === "true" : text,
  ];
  const branches = schema.type === "array" ? [schema.items ?? {}] : [schema];
  return readings.some((value) => branches.some((branch) => fit(branch, value) !== "no"));
}

const badParam: Way = (operation, sound, draw) => {
  const { name, schema } = draw.one(operation.params);
  const query = sound.target.split("?")[1];
  const at = (value: string) => pathFor(operation, draw, { [name]: value }) + (query === undefined ? "" : `?${query}`);
  if (draw.sometimes(0.3)) {
    const bad = draw.one(badEscapes);
    return { what: `${name} with a bad escape`, target: at(bad) };
  }
  const text = textFor(draw);
  return takesText(schema, text) ? undefined : { what: `${name} that does not fit`, target: at(encoded(text)) };
};

const badQuery: Way = ({ query }, sound, draw) => {
  const parameter: Parameter = draw.one(query);
  const { name, schema } = parameter;
  const target = sound.target.split("?", 1)[0] ?? "/";
  if (draw.sometimes(0.2) && schema.type !== "array")
    return { what: `?${name} twice`, target: withQuery(target, `${name}=1&${name}=1`) };
  if (draw.sometimes(0.2))
    return { what: `?${name} with a bad escape`, target: withQuery(target, `${name}=${draw.one(badEscapes)}`) };
  const text = textFor(draw);
  return takesText(schema, text)
    ? undefined
    : { what: `?${name} that does not fit`, target: withQuery(target, `${name}=${encoded(text)}`) };
};

const word = (draw: Draw) =>
  Array.from({ length: draw.integer(1, 9) }, () => draw.one([..."abcdefghijkmnopqrstuvwxyz_-."])).join("");

/** A query that the operation does not know. */
const strangeQuery: Way = ({ query }, sound, draw) => {
  const known = ["debug", "__proto__", "constructor", "a[b]", "a[]", "admin", "_method", "fields", "$where", ""];
  const name = draw.one([draw.one(known), word(draw), word(draw), draw.one(hostileTexts)]);
  if (query.some((one) => one.name === name)) return undefined;
  const target = (pairs: string) => ({ what: "an unknown query parameter", target: withQuery(sound.target, pairs) });
  if (draw.sometimes(0.1)) return target(`${word(draw)}${draw.one(badEscapes)}=1`);
  if (draw.sometimes(0.1))
    return target(Array.from({ length: draw.integer(2, 300) }, (_, i) => `${word(draw)}${i}=${i}`).join("&"));
  return target(`${encoded(name)}=${encoded(textFor(draw))}${word(draw)}`);
};

const visible = hostileTexts.filter((text) => /^[\x21-\x7e]+$/.test(text)).map((text) => text.replace(/[?#]/g, ""));
const badTarget: Way = ({ path: template }, sound, draw) => {
  const [path = "/"] = sound.target.split("?");
  const inside = [
    () => withQuery(path, `q=${word(draw).repeat(draw.integer(9_000, 10_000)).slice(0, draw.integer(8_300, 12_000))}`),
    () =>
      `${path}/${draw.one(["..", "%2e%2e", "..%2f..%2f", ".;/", "..;", "~", "*", word(draw)])}/${draw.one(["etc/passwd", "internal/book", "admin", word(draw)])}`,
    () => `${path}/%00${word(draw)}`,
    () => `/..${path}/${word(draw)}`,
    () => `/internal${path}/${word(draw)}`,
    () => `/%2e%2e/%2e%2e${path}`,
    () => `${path}/`,
    () => `/${path}`,
    () => path.replace(/\/(?=[^/]*$)/, "//"),
    () => `http:${path}`,
    () => `${word(draw)}:80`,
    () => `${path}?%${word(draw)}`,
    () => `/${draw.one(visible)}/${word(draw)}`,
  ];
  // What stands at the end of an address that ends with a parameter is a part of that.
  const suffixes = [
    () => `${path};${word(draw)}=1`,
    () => `${path}%`,
    () => `${path}\\..\\..`,
    () => `${path}.json`,
    () => `${path}${word(draw)}`,
  ];
  return {
    what: "a target that leads nowhere",
    target: draw.one(template.endsWith("}") ? inside : [...inside, ...suffixes])(),
  };
};

const badTokens: readonly string[] = [
  ...[
    "Bearer",
    "Bearer ",
    "Bearer a",
    "Bearer a.b.c",
    "Bearer a b",
    "Basic YTpi",
    "Digest x",
    "Token x",
    "bearer",
    "null",
  ],
  `Bearer ${"x".repeat(5_000)}`,
  `Bearer ${Buffer.from('{"alg":"none"}').toString("base64url")}.${Buffer.from('{"sub":"1","roles":["admin"]}').toString("base64url")}.`,
  "Bearer eyJhbGciOiJFZERTQSJ9.eyJyb2xlcyI6WyJhZG1pbiJdfQ.AAAA",
];
/** Refused also where nobody needs one: whoever sends it believes to be somebody. */
const badToken: Way = ({ headers, access }, sound, draw) => {
  if (headers.some(({ name }) => name === "authorization") || access.every((rule) => rule.startsWith("service:")))
    return undefined;
  const token = draw.one([
    draw.one(badTokens),
    `Bearer ${word(draw)}.${word(draw)}.${word(draw)}`,
    `${word(draw)} ${word(draw)}`,
  ]);
  return { what: "a token that is none", headers: withHeader(sound, "authorization", token) };
};

const badHeader: Way = ({ headers }, sound, draw) => {
  const { name, schema } = draw.one(headers);
  const text = draw.one(["x".repeat(draw.integer(150, 5_000)), "é".repeat(200), "a".repeat(101)]);
  return takesText(schema, text)
    ? undefined
    : { what: `${name} that does not fit`, headers: withHeader(sound, name, text) };
};

const badKeys = [
  "",
  "short",
  "0123456789abcde",
  "with spaces in between it",
  "x".repeat(256),
  "x".repeat(4_000),
  "ümläüte-are-not-ascii",
  "tab\tin-between-of-it",
];
const badKey: Way = (_, sound, draw) =>
  draw.sometimes(0.2)
    ? { what: "no idempotency key", headers: withHeader(sound, "idempotency-key") }
    : draw.sometimes(0.2)
      ? { what: "two idempotency keys", headers: withHeader(sound, "idempotency-key", keyFor(draw), keyFor(draw)) }
      : { what: "an idempotency key that is none", headers: withHeader(sound, "idempotency-key", draw.one(badKeys)) };

/** Heads that no server should read as a request. */
const badHead: Way = (_, sound, draw) => ({
  what: "a head that is none",
  headers: draw.one([
    () => withHeader(sound, "host", "a", "b"),
    () => [...sound.headers, ["x-large", "x".repeat(draw.integer(25_000, 60_000))] as const],
    () => [...sound.headers, ...Array.from({ length: draw.integer(120, 900) }, (_, i) => [`x-h${i}`, "1"] as const)],
    () => [...sound.headers, ["x-nul", "a\0b"] as const],
    () => [...sound.headers, ["x-folded", "a\r\n b"] as const],
    () => [...sound.headers, ["x spaced", "a"] as const],
    () => [...sound.headers, ["", "a"] as const],
    () => [...sound.headers, ["x-control", "a\x01b"] as const],
    () => [...sound.headers, ["expect", "cake"] as const],
    () => [
      ...sound.headers,
      ["content-length", draw.one(["-1", "1e3", "abc", "1,1", "0x10", "99999999999999999999999"])] as const,
    ],
    () => [
      ...sound.headers,
      ["transfer-encoding", draw.one(["chunked, gzip", "identity", "xchunked", "chunked;q=1", "cow"])] as const,
    ],
    () => withHeader(sound, "authorization", "Bearer a", "Bearer b"),
    () => withHeader(sound, "content-type", "application/json", "text/plain"),
  ])(),
});

/** Headers that a caller may fill as it likes, on a request that is refused for something else. */
const oddHead: Way = (operation, sound, draw) => {
  const refused = strangeQuery(operation, sound, draw);
  const name = draw.one([
    "x-request-id",
    "traceparent",
    "tracestate",
    "x-correlation-id",
    "accept",
    "if-none-match",
    "prefer",
    "user-agent",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-souk-identity",
    "cookie",
    "referer",
    "accept-language",
    "x-http-method-override",
    "forwarded",
    "via",
    "range",
  ]);
  const value = draw.one(hostileTexts.filter((text) => !/[\0-\x1f]/.test(text)));
  const headers = withHeader(sound, name, Buffer.from(value).toString("latin1"));
  return refused && { ...refused, what: `a strange ${name}`, headers };
};

const wrongMethod: Way = ({ path }, sound, draw) => {
  const method = draw.one(["TRACE", "TRACK", "PROPFIND", "FOO", "get", "LINK", "PURGE", "SEARCH", "MKCOL", "G\x01T"]);
  return { what: `${path} with ${method}`, method, body: undefined, headers: withHeader(sound, "content-type") };
};
