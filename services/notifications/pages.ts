import { pagePolicy } from "@souk/http";
import { Html, html } from "@souk/kernel";
import type { Template } from "./domain/facts.ts";
import { templateNames } from "./domain/templates.ts";

const style = `
:root { color-scheme: light dark; --ink: #1d2129; --paper: #fbfaf7; --line: #8a8f99; --accent: #a3401f }
@media (prefers-color-scheme: dark) { :root { --ink: #e9e6df; --paper: #17181b; --accent: #f0916b } }
body { margin: 0 auto; max-width: 70rem; padding: 2rem 1.25rem; background: var(--paper); color: var(--ink); font: 1rem/1.55 system-ui, sans-serif }
main.narrow { max-width: 26rem; margin: 10vh auto } h1 { font-size: 1.4rem } h2 { font-size: 1.05rem; margin: 2.5rem 0 .6rem }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(20rem, 1fr)); gap: 1rem } iframe { width: 100%; height: 34rem; border: 1px solid var(--line); border-radius: .4rem; background: #fff }
a { color: var(--accent) } nav a { margin-right: 1rem; white-space: nowrap }
button { padding: .7rem 1.2rem; font: inherit; font-weight: 600; color: #fff; background: #a3401f; border: 0; border-radius: .4rem; cursor: pointer }`;

const page = (title: string, body: Html): string =>
  `<!doctype html>\n${
    html`<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title><style>${new Html(style)}</style></head><body>${body}</body></html>`
      .markup
  }\n`;

export const pageHeaders = {
  "content-security-policy": pagePolicy(style),
  "referrer-policy": "no-referrer",
  "cache-control": "no-store",
};
/** The page of previews shows mails in frames; a mail has inline styles, and neither loads nor runs anything. */
export const previewHeaders = {
  "content-security-policy": `${pagePolicy(style)}; frame-src 'self'`,
  "cache-control": "no-store",
};
export const mailHeaders = {
  "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox",
  "cache-control": "no-store",
};

const locales = ["en", "de"] as const;

export const previewPage = (): string =>
  page(
    "Souk: messages",
    html`<main><h1>Messages</h1><nav aria-label="Templates">${templateNames.map((name) => html`<a href="#${name}">${name}</a>`)}</nav>${templateNames.map(previews)}</main>`,
  );

const previews = (name: Template): Html =>
  html`<section id="${name}"><h2>${name}</h2><div class="pair">${locales.map(
    (locale) =>
      html`<iframe loading="lazy" title="${name}, ${locale}" sandbox="" src="/v1/notifications/preview/${name}?locale=${locale}"></iframe>`,
  )}</div></section>`;

export const unsubscribePage = (token: string): string =>
  page(
    "No more reminders?",
    html`<main class="narrow"><h1>No more reminders?</h1><p>What you have to know about your orders you will still be told.</p><form method="post" action="/v1/unsubscribe/${token}"><button name="List-Unsubscribe" value="One-Click">Stop them</button></form></main>`,
  );

export const unsubscribedPage = (): string =>
  page("Done", html`<main class="narrow"><h1>Done</h1><p>You will get no more of these messages.</p></main>`);
