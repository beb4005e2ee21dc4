import type { Kept, Mail } from "../db/sink.ts";

/** A kept mail as people read it. */
export async function opened({ raw, ...mail }: Kept): Promise<Mail> {
  if (!raw) return mail;
  // When somebody reads mail, and not at every start.
  const { default: PostalMime } = await import("postal-mime");
  const { subject = "", text = "", html = "" } = await PostalMime.parse(raw);
  return { ...mail, subject, text, html };
}
