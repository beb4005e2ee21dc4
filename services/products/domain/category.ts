import { errors } from "../errors.ts";
import { slugify } from "./slug.ts";

export type Category = {
  readonly slug: string;
  readonly name: string;
  /** The names from the root down, joined by " > ". */
  readonly path: string;
  readonly parent: string | null;
};

/**
 * The categories a path names, from the root down: `Home > Kitchen` → `home`, `home-kitchen`. A slug names itself: it is its own slug.
 * @throws ServiceError `CategoryNameless` when a level has no letter and no digit
 */
export function categoryLevels(reference: string): [Category, ...Category[]] {
  const names = reference.split(">").map((name) => name.trim().replace(/\s+/g, " "));
  const levels = names.map((name, index): Category => {
    const path = names.slice(0, index + 1);
    if (slugify(name) === "") throw errors.CategoryNameless({ category: reference });
    return {
      slug: slugOf(path),
      name,
      path: path.join(" > "),
      parent: index === 0 ? null : slugOf(path.slice(0, -1)),
    };
  });
  const [root, ...below] = levels;
  if (!root) throw errors.CategoryNameless({ category: reference });
  return [root, ...below];
}

const slugOf = (path: readonly string[]) => slugify(path.join(" "));

/** What a category is stored and asked for by. Never fails: a reference that names nothing finds nothing. */
export const categorySlug = (reference: string): string => slugify(reference.replaceAll(">", " "));
