import { type Html, html, never } from "@souk/kernel";
import type { Locale } from "./locale.ts";
import type { Block, Line, Message, Sum } from "./message.ts";

/**
 * The HTML side of a mail: tables and inline styles, as mail programs understand them; no image, no font, nothing from elsewhere. Colours
 * are few and come twice, for light and for dark; where a program inverts them by itself they stay readable, because no text has a background
 * of its own but the button's. Every value is escaped.
 */
export function renderHtml({ subject, preview, blocks }: Message, locale: Locale, footer: readonly Html[]): string {
  const body = blocks.map(htmlOf);
  const feet = footer.map((line) => html`<p class="soft" style="${soft}">${line}</p>`);
  return `<!doctype html>\n${
    html`<html lang="${locale}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark"><title>${subject}</title>${style}</head>
<body class="paper" style="margin:0;padding:0;background-color:#f6f4ef;color:#1d2129">
<div style="display:none;max-height:0;overflow:hidden">${preview}</div>
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"><tr><td align="center" style="padding:24px 12px">
<table role="presentation" class="card" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:560px;background-color:#ffffff;border:1px solid #dcd8cf;border-radius:8px"><tr><td style="padding:28px 28px 24px;font-family:${fonts};font-size:16px;line-height:1.55;text-align:left">
<p style="margin:0 0 20px;font-size:14px;font-weight:700;letter-spacing:.08em;text-transform:uppercase">Souk</p>
<h1 style="margin:0 0 16px;font-size:22px;line-height:1.3">${subject}</h1>
${body}
</td></tr></table>
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:560px"><tr><td style="padding:16px 28px;font-family:${fonts};text-align:left">${feet}</td></tr></table>
</td></tr></table>
</body></html>`.markup
  }\n`;
}

const fonts = "-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";
const soft = "margin:0 0 8px;font-size:13px;line-height:1.5;color:#5c616b";
const cell = "padding:8px 0;border-bottom:1px solid #dcd8cf;vertical-align:top";
const style = html`<style>:root{color-scheme:light dark;supported-color-schemes:light dark}@media (prefers-color-scheme:dark){.paper{background-color:#17181b !important;color:#e9e6df !important}.card{background-color:#1f2125 !important;border-color:#34363c !important}.soft{color:#a2a5ad !important}.line{border-color:#34363c !important}.link{color:#f0916b !important}}</style>`;

function htmlOf(block: Block): Html {
  switch (block.kind) {
    case "paragraph":
      return html`<p style="margin:0 0 16px">${block.text}</p>`;
    case "small":
      return html`<p class="soft" style="${soft}">${block.text}</p>`;
    case "lines":
      return html`<table width="100%" cellpadding="0" cellspacing="0" border="0" style="margin:0 0 16px;font-size:15px">${block.lines.map(lineRow)}${block.sums.map(sumRow)}</table>`;
    case "rows":
      return html`<table cellpadding="0" cellspacing="0" border="0" style="margin:0 0 16px;font-size:15px">${block.rows.map(
        ({ label, value }) =>
          html`<tr><td class="soft" style="padding:2px 16px 2px 0;color:#5c616b;vertical-align:top">${label}</td><td style="padding:2px 0"><strong>${value}</strong></td></tr>`,
      )}</table>`;
    case "address":
      return html`<p style="margin:0 0 4px"><strong>${block.title}</strong></p><p style="margin:0 0 16px">${block.lines.map((one) => html`${one}<br>`)}</p>`;
    case "button":
      // The address is there to be read as well: not every program shows where a link leads.
      return html`<table role="presentation" cellpadding="0" cellspacing="0" border="0" style="margin:0 0 12px"><tr><td style="border-radius:6px;background-color:#a3401f"><a href="${block.url}" style="display:inline-block;padding:12px 20px;color:#ffffff;font-weight:600;text-decoration:none">${block.label}</a></td></tr></table><p class="soft" style="${soft};word-break:break-all"><a class="link" href="${block.url}" style="color:#a3401f">${block.url}</a></p>`;
    default:
      return never(block);
  }
}

const lineRow = ({ quantity, title, amount = "" }: Line): Html =>
  html`<tr><td class="line" style="${cell}">${quantity}&nbsp;×&nbsp;${title}</td><td class="line" align="right" style="${cell};padding-left:16px;white-space:nowrap">${amount}</td></tr>`;
const sumRow = ({ label, amount, strong }: Sum): Html =>
  html`<tr><td style="padding:6px 0">${emphasis(label, strong)}</td><td align="right" style="padding:6px 0 6px 16px;white-space:nowrap">${emphasis(amount, strong)}</td></tr>`;
const emphasis = (text: string, strong = false): Html => (strong ? html`<strong>${text}</strong>` : html`${text}`);
