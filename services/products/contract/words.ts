import { role, Type } from "@souk/contract";

export const merchandisers = role("merchandiser", "admin");
export const Slug = Type.String({ pattern: "^[a-z0-9]+(-[a-z0-9]+)*$", maxLength: 120 });
/** What an option or attribute is called. */
export const Name = Type.String({ minLength: 1, maxLength: 60, pattern: "^[^\\u0000-\\u001f\\u007f]*$" });
