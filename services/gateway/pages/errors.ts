import { readFileSync } from "node:fs";
import { type Html, html, page } from "./html.ts";

/** Where `type` of every problem document points to: the page that people read in the repository. */
const source = new URL("../../../docs/errors.md", import.meta.url);

/** The error codes, each under the anchor of its name. */
export const errorsPage = (): string =>
  page("Souk: errors", html`<main>${render(readFileSync(source, "utf8"))}</main>`);

/** The little of Markdown that the page is written in: headings, paragraphs, tables, code. */
const render = (markdown: string): Html[] => markdown.trim().split(/\n\n+/).map(block);

function block(text: string): Html {
  if (text.startsWith("# ")) return html`<h1>${text.slice(2)}</h1>`;
  if (text.startsWith("## ")) return html`<h2>${text.slice(3)}</h2>`;
  if (!text.startsWith("|")) return html`<p>${inline(text)}</p>`;
  const [head = "", , ...rows] = text.split("\n");
  return html`<table><thead><tr>${cells(head).map((cell) => html`<th scope="col">${inline(cell)}</th>`)}</tr></thead><tbody>${rows.map(
    (row) => html`<tr>${cells(row).map((cell) => html`<td>${inline(cell)}</td>`)}</tr>`,
  )}</tbody></table>`;
}

const cells = (row: string): string[] =>
  row
    .slice(1, -1)
    .split("|")
    .map((cell) => cell.trim());

const anchor = /^<a id="([^"]+)"><\/a>/;

function inline(text: string): Html {
  const id = anchor.exec(text)?.[1];
  const parts = text.replace(anchor, "").split("`");
  const words = parts.map((part, i) => (i % 2 === 1 ? html`<code>${part}</code>` : html`${part}`));
  return id === undefined ? html`${words}` : html`<span id="${id}">${words}</span>`;
}
