import { createHash } from "node:crypto";

/**
 * A content security policy for a page whose only style is `style`, inline and named by its hash: nothing else loads or runs, and forms
 * lead nowhere but here.
 */
export const pagePolicy = (style: string): string =>
  `default-src 'none'; style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`;
