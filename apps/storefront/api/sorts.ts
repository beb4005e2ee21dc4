/** The ways in which what was found can be ordered. */
export const sorts = ["relevance", "newest", "price", "-price", "bestselling"] as const;
export type Sort = (typeof sorts)[number];
