import { createHash } from "node:crypto";

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
const escaped = (text: string) => text.replace(/[&<>"']/g, (character) => entities[character] ?? character);

/** Markup that is safe to put into a page. */
export class Html {
  readonly markup: string;
  constructor(markup: string) {
    this.markup = markup;
  }
}
type Part = Html | string | number | readonly Html[];
const render = (part: Part): string =>
  part instanceof Html ? part.markup : typeof part === "object" ? part.map(render).join("") : escaped(String(part));

/** Escapes every value that is not Html already. */
export const html = (strings: TemplateStringsArray, ...parts: Part[]): Html =>
  new Html(String.raw({ raw: strings }, ...parts.map(render)));

const style = `
:root { color-scheme: light dark; --ink: #1d2129; --paper: #fbfaf7; --soft: #6a6f7a; --line: #dcd8cf; --accent: #a3401f; --card: #fff; --ok: #217a4b; --bad: #b3261e }
@media (prefers-color-scheme: dark) { :root { --ink: #e9e6df; --paper: #17181b; --soft: #a2a5ad; --line: #34363c; --accent: #f0916b; --card: #1f2125; --ok: #6fcf97; --bad: #ff8a80 } }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 64rem; padding: 2rem 1.25rem 4rem; background: var(--paper); color: var(--ink); font: 1rem/1.55 system-ui, sans-serif }
pre { white-space: pre-wrap } h1 { font-size: 1.9rem; letter-spacing: -.02em; margin: 0 } h2 { font-size: 1.2rem; margin: 2.2rem 0 .7rem } h3 { font-size: 1rem; margin: 0 } h4 { font-size: .9rem; margin: .9rem 0 .3rem }
p { margin: .4rem 0 } a { color: var(--accent) } .soft { color: var(--soft) }
code, pre { font: .875rem/1.5 ui-monospace, monospace } pre { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .8rem 1rem; overflow-x: auto }
table { border-collapse: collapse; width: 100%; background: var(--card); border: 1px solid var(--line); border-radius: .5rem }
th, td { text-align: left; padding: .45rem .8rem; border-top: 1px solid var(--line); vertical-align: top } thead th { border-top: 0; font-weight: 600 }
.ok { color: var(--ok) } .bad { color: var(--bad) } details { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; margin: .4rem 0 }
summary { cursor: pointer; padding: .55rem .9rem } details > div { padding: 0 .9rem .8rem } .method { display: inline-block; min-width: 4.8rem; font-weight: 700; color: var(--accent) }
nav a { margin-right: 1rem; white-space: nowrap }`;

/** The pages' only style is inline and named by its hash; nothing else may load or run. */
export const contentSecurityPolicy = `default-src 'none'; style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

export const page = (title: string, body: Html): string =>
  `<!doctype html>\n${
    html`<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title><style>${new Html(style)}</style></head><body>${body}</body></html>`
      .markup
  }\n`;
