import { never } from "@souk/kernel";
import type { Block, Message } from "./message.ts";

/** The plain-text side of a mail; also what an SMS is cut from. */
export function renderText({ blocks }: Message, footer: readonly string[]): string {
  const body = blocks.map(textOf).join("\n\n");
  return footer.length === 0 ? `${body}\n` : `${body}\n\n-- \n${footer.join("\n")}\n`;
}

/** One line each: a line break in what somebody entered must not make a line of ours. */
const line = (text: string) => text.replaceAll(/\s+/g, " ").trim();

function textOf(block: Block): string {
  switch (block.kind) {
    case "paragraph":
    case "small":
      return line(block.text);
    case "lines":
      return [
        ...block.lines.map(
          ({ quantity, title, amount }) => `  ${quantity} × ${line(title)}${amount ? `  ${amount}` : ""}`,
        ),
        ...(block.sums.length > 0 ? [""] : []),
        ...block.sums.map(({ label, amount }) => `${label}: ${amount}`),
      ].join("\n");
    case "rows":
      return block.rows.map(({ label, value }) => `${label}: ${line(value)}`).join("\n");
    case "address":
      return [`${block.title}:`, ...block.lines.map((one) => `  ${line(one)}`)].join("\n");
    case "button":
      return `${block.label}:\n${block.url}`;
    default:
      return never(block);
  }
}
