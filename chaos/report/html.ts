import { escaped } from "./escaped.ts";

const inline = (text: string) =>
  escaped(text)
    .replace(/`([^`]+)`/g, "<code>$1</code>")
    .replace(/\*\*([^*]+)\*\*/g, "<strong>$1</strong>");

const style = `body{font:15px/1.5 system-ui,sans-serif;max-width:1080px;margin:2rem auto;padding:0 1rem;color:#222}
table{border-collapse:collapse;width:100%}td,th{border-bottom:1px solid #ddd;padding:.35rem .5rem;text-align:left;vertical-align:top}
code{background:#f3f1ec;padding:0 .2em}svg{width:100%;height:auto}`;

const cells = (line: string, tag: "td" | "th") =>
  `<tr>${line
    .slice(1, -1)
    .split(/(?<!\\)\|/)
    .map((text) => `<${tag}>${inline(text.trim().replaceAll("\\|", "|"))}</${tag}>`)
    .join("")}</tr>`;

/** A page of what `markdownReport` writes: headings, paragraphs, lists, tables and SVG, and nothing else. */
export function htmlPage(title: string, markdown: string): string {
  const blocks = markdown.split(/\n{2,}/).map((block) => {
    const lines = block.split("\n");
    const [first = ""] = lines;
    if (first.startsWith("<svg")) return block;
    const heading = /^(#{1,3}) (.*)/.exec(first);
    if (heading?.[1] && heading[2]) return `<h${heading[1].length}>${inline(heading[2])}</h${heading[1].length}>`;
    if (first.startsWith("|"))
      return `<table>${lines.map((line, i) => (i === 1 ? "" : cells(line, i === 0 ? "th" : "td"))).join("")}</table>`;
    if (first.startsWith("- ")) return `<ul>${lines.map((line) => `<li>${inline(line.slice(2))}</li>`).join("")}</ul>`;
    return `<p>${inline(block)}</p>`;
  });
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${escaped(title)}</title><style>${style}</style>${blocks.join("\n")}</html>\n`;
}
