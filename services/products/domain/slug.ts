/** Letters that Unicode does not decompose into a base and a mark. */
const spelled: Readonly<Record<string, string>> = {
  ß: "ss",
  æ: "ae",
  œ: "oe",
  ø: "o",
  đ: "d",
  ð: "d",
  þ: "th",
  ł: "l",
  ı: "i",
  "&": " and ",
};
const maxLength = 120;

/**
 * A name as it stands in an address: `Café crème & more` → `cafe-creme-and-more`. Letters of other scripts become their code points, so
 * that every name with a letter or digit has a slug. Empty when it has none.
 */
export function slugify(name: string): string {
  const ascii = Array.from(name.normalize("NFKD").toLowerCase().replace(/\p{M}/gu, ""), (char) => {
    if (/[a-z0-9]/.test(char)) return char;
    const spelling = spelled[char];
    if (spelling !== undefined) return spelling;
    return /[\p{L}\p{N}]/u.test(char)
      ? (char.codePointAt(0) ?? 0).toString(36)
      : char === "'" || char === "’"
        ? ""
        : "-";
  }).join("");
  return ascii
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, maxLength)
    .replace(/^-+|-+$/g, "");
}

/** Words that are addresses of their own below `/v1/products/`. */
export const reservedSlugs: ReadonlySet<string> = new Set(["import", "suggest"]);

/** Slugs for a new product, in the order in which they are tried; the last is free for certain. */
export function slugCandidates(product: {
  readonly id: string;
  readonly title: string;
  readonly sku: string;
}): string[] {
  const { id, title, sku } = product;
  const base = slugify(title);
  return [base, slugify(`${title.slice(0, 40)} ${sku}`), id].filter((slug) => slug !== "");
}
