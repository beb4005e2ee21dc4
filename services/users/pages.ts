import { pagePolicy } from "@souk/http";
import { Html, html } from "@souk/kernel";

const style = `
:root { color-scheme: light dark; --ink: #1d2129; --paper: #fbfaf7; --line: #8a8f99; --accent: #a3401f }
@media (prefers-color-scheme: dark) { :root { --ink: #e9e6df; --paper: #17181b; --accent: #f0916b } }
body { margin: 12vh auto; max-width: 26rem; padding: 0 1.25rem; background: var(--paper); color: var(--ink); font: 1rem/1.55 system-ui, sans-serif }
h1 { font-size: 1.4rem } label { display: block; margin: 1rem 0 .3rem }
input { width: 100%; box-sizing: border-box; padding: .6rem; font: inherit; border: 1px solid var(--line); border-radius: .4rem }
button { margin-top: 1.2rem; padding: .7rem 1.2rem; font: inherit; font-weight: 600; color: #fff; background: #a3401f; border: 0; border-radius: .4rem; cursor: pointer }`;

/** The token is in the address: it must not travel on in a Referer, nor stay in a cache. */
export const pageHeaders = {
  "content-security-policy": pagePolicy(style),
  "referrer-policy": "no-referrer",
  "cache-control": "no-store",
};

const page = (title: string, body: Html): string =>
  `<!doctype html>\n${
    html`<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title><style>${new Html(style)}</style></head><body><main><h1>${title}</h1>${body}</main></body></html>`
      .markup
  }\n`;

/** A button, because mail scanners follow links, and a link that is followed twice would be used up. */
export const verifyAddressPage = (token: string): string =>
  page(
    "Confirm your e-mail address",
    html`<form method="post" action="/letters/verify-address"><input type="hidden" name="token" value="${token}"><p>Only confirm if it was you who opened the account.</p><button>Confirm</button></form>`,
  );

export const resetPasswordPage = (token: string): string =>
  page(
    "Choose a new password",
    html`<form method="post" action="/letters/reset-password"><input type="hidden" name="token" value="${token}"><label for="password">New password, at least 8 characters</label><input id="password" name="password" type="password" autocomplete="new-password" minlength="8" maxlength="256" required><button>Set password</button></form>`,
  );

export const forgottenPasswordPage = (): string =>
  page(
    "Set a new password",
    html`<form method="post" action="/letters/forgotten-password"><label for="email">Your e-mail address</label><input id="email" name="email" type="email" autocomplete="email" maxlength="254" required><button>Send the mail</button></form>`,
  );

export const donePage = (title: string, text: string): string => page(title, html`<p>${text}</p>`);
