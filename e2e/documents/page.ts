import { type Pattern, parsePattern } from "./pattern.ts";

/** A request that a page shows, and what it says is answered. */
export type Exchange = {
  /** Where the request stands in the page. */
  readonly line: number;
  readonly command: string;
  readonly status: number;
  /** Undefined when only the status is shown. */
  readonly answer: Pattern | undefined;
};

/** The requests in a page's `console` blocks, in their order. @throws Error that names the line which cannot be read */
export function exchangesIn(markdown: string): Exchange[] {
  const found: Exchange[] = [];
  let open: { line: number; command: string[]; answer: string[] } | undefined;
  let isConsole = false;

  const close = () => {
    if (!open) return;
    const { line, command, answer } = open;
    open = undefined;
    const [, status, body = ""] = /^(\d{3})\s*([\s\S]*)$/.exec(answer.join("\n").trim()) ?? [];
    if (status === undefined) throw new Error(`line ${line}: no answer follows the request`);
    try {
      const pattern = body === "" ? undefined : parsePattern(body);
      found.push({ line, command: command.join("\n"), status: Number(status), answer: pattern });
    } catch (cause) {
      throw new Error(`line ${line}: the answer is ${cause instanceof Error ? cause.message : String(cause)}`, {
        cause,
      });
    }
  };

  for (const [index, text] of markdown.split("\n").entries()) {
    if (text.startsWith("```")) {
      close();
      isConsole = text === "```console";
    } else if (isConsole && text.startsWith("$ ")) {
      close();
      open = { line: index + 1, command: [text.slice(2)], answer: [] };
    } else if (isConsole && open) {
      if (open.answer.length > 0 || /^\d{3}( |$)/.test(text)) open.answer.push(text);
      else open.command.push(text);
    }
  }
  return found;
}
