/** What a message says, before it is text or markup. Whatever comes from outside is in here as plain text. */
export type Block =
  | { readonly kind: "paragraph"; readonly text: string }
  | { readonly kind: "small"; readonly text: string }
  | { readonly kind: "lines"; readonly lines: readonly Line[]; readonly sums: readonly Sum[] }
  | { readonly kind: "rows"; readonly rows: readonly Row[] }
  | { readonly kind: "address"; readonly title: string; readonly lines: readonly string[] }
  | { readonly kind: "button"; readonly label: string; readonly url: string };

export type Line = { readonly quantity: number; readonly title: string; readonly amount?: string };
/** `strong`: the one that people look for. */
export type Sum = { readonly label: string; readonly amount: string; readonly strong?: boolean };
type Row = { readonly label: string; readonly value: string };

export type Message = {
  readonly subject: string;
  /** What lists of mail show beside the subject. */
  readonly preview: string;
  readonly blocks: readonly Block[];
};

/** A message as it is sent. */
export type Rendered = { readonly subject: string; readonly text: string; readonly html: string };

export const paragraph = (text: string): Block => ({ kind: "paragraph", text });
export const small = (text: string): Block => ({ kind: "small", text });
export const button = (label: string, url: string): Block => ({ kind: "button", label, url });
export const rows = (...rows: readonly Row[]): Block => ({ kind: "rows", rows });
