import { readdirSync, readFileSync } from "node:fs";
import type { IncomingHttpHeaders } from "node:http";
import { extname, join, relative, sep } from "node:path";
import type { Page, Pages } from "@souk/http";

export type Site = {
  readonly index: { readonly text: string; readonly headers: Readonly<Record<string, string>> };
  readonly at: Pages;
};

/** Scripts, styles and requests of this origin only; nothing inline runs, and nobody frames the shop. */
const contentSecurityPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const indexHeaders = {
  "content-type": "text/html; charset=utf-8",
  "content-security-policy": contentSecurityPolicy,
  "referrer-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=()",
  "cross-origin-opener-policy": "same-origin",
  "cache-control": "no-cache",
};

const mediaTypes: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".webmanifest": "application/manifest+json",
};
/** Names below it carry a hash of what is in them. */
const hashed = "/assets/";
const year = "public, max-age=31536000, immutable";
const hour = "public, max-age=3600";

/** Best first; beside each file the build puts the same, compressed. */
const encodings = [
  ["br", ".br"],
  ["gzip", ".gz"],
] as const;

/**
 * The built storefront, read once: files as they are, and at the addresses of its pages the one document that draws them all. Other
 * addresses that a browser is pointed at get it too, with status 404, so that the shop itself says that there is nothing.
 * @param folder holds `index.html`, `pages.json` (the patterns of its pages) and files
 */
export function openSite(folder: string, { development }: { readonly development: boolean }): Site {
  const facts = `<meta name="souk" content="${development ? "development" : "production"}">`;
  const text = readFileSync(join(folder, "index.html"), "utf8").replace("</head>", `${facts}</head>`);
  const document = Buffer.from(text);
  // as: the build writes it
  const patterns = (JSON.parse(readFileSync(join(folder, "pages.json"), "utf8")) as string[]).map(patternOf);
  const files = readFiles(folder);

  return {
    index: { text, headers: indexHeaders },
    at(path, headers) {
      const file = files.get(path);
      if (file) return file(headers);
      if (path.startsWith(hashed) || !wantsDocument(headers)) return undefined;
      const status = patterns.some((pattern) => pattern.test(path)) ? 200 : 404;
      return { status, headers: indexHeaders, body: document };
    },
  };
}

/** Scripts and programs ask for JSON, or for anything; only somebody who looks asks for HTML. */
const wantsDocument = ({ accept = "" }: IncomingHttpHeaders) => accept.includes("text/html");

/** `/p/$slug` → any one segment in the place of the parameter. */
const patternOf = (page: string) => new RegExp(`^${page.replace(/\$[a-zA-Z]+/g, "[^/]+")}/?$`);

type Serve = (headers: IncomingHttpHeaders) => Page;

function readFiles(folder: string): ReadonlyMap<string, Serve> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  const known = new Set(names);
  return new Map(
    names.flatMap((name): [string, Serve][] => {
      const type = mediaTypes[extname(name)];
      const path = `/${relative(folder, name).split(sep).join("/")}`;
      return type === undefined || path === "/pages.json" ? [] : [[path, serve(name, path, type, known)]];
    }),
  );
}

function serve(name: string, path: string, type: string, known: ReadonlySet<string>): Serve {
  const headers = {
    "content-type": type,
    "cache-control": path.startsWith(hashed) ? year : hour,
    vary: "accept-encoding",
  };
  const plain: Page = { status: 200, headers, body: readFileSync(name) };
  const smaller = encodings.flatMap(([encoding, suffix]) =>
    known.has(name + suffix)
      ? [
          {
            encoding,
            page: {
              status: 200,
              headers: { ...headers, "content-encoding": encoding },
              body: readFileSync(name + suffix),
            },
          },
        ]
      : [],
  );
  return (asked) => {
    const accepted = String(asked["accept-encoding"] ?? "")
      .split(",")
      .map((one) => one.trim());
    return smaller.find(({ encoding }) => accepted.includes(encoding))?.page ?? plain;
  };
}
