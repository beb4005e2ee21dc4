/**
 * What a shopper typed, as PostgreSQL's to_tsquery takes it: every word, or the beginning of one. `blue mug` → `blue:* & mug:*`.
 * Empty, which finds nothing, when there is no word in it.
 */
export function prefixQuery(typed: string): string {
  const words = typed.normalize("NFC").match(/[\p{L}\p{N}]+/gu) ?? [];
  return words
    .slice(0, 12)
    .map((word) => `${word}:*`)
    .join(" & ");
}
