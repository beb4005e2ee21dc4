type QueryValue = string | number | boolean | readonly (string | number)[] | undefined | null;

export type PageOf<T> = {
  data: T[];
  pagination: { page: number; limit: number; total: number; pages: number };
  _links: { self: string; first: string; last: string; next?: string; prev?: string };
};

/**
 * The one shape of every list.
 * @param selfPath the list's own path, without a query  @param query the other filters in force, to be kept in the links
 */
export function page<T>(
  { items, total, page, limit }: { items: T[]; total: number; page: number; limit: number },
  selfPath: string,
  query: Readonly<Record<string, QueryValue>> = {},
): PageOf<T> {
  const pages = Math.ceil(total / limit);
  const filters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined || value === null || name === "page" || name === "limit") continue;
    for (const one of [value].flat()) filters.append(name, String(one));
  }
  const link = (number: number) => {
    const parameters = new URLSearchParams(filters);
    parameters.set("page", String(number));
    parameters.set("limit", String(limit));
    return `${selfPath}?${parameters}`;
  };
  return {
    data: items,
    pagination: { page, limit, total, pages },
    _links: {
      self: link(page),
      first: link(1),
      last: link(Math.max(1, pages)),
      ...(page < pages && { next: link(page + 1) }),
      ...(page > 1 && { prev: link(Math.max(1, Math.min(page - 1, pages))) }),
    },
  };
}
