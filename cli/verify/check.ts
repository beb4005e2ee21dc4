import type { Sql } from "@souk/postgres";

/** A charge as the provider's own book has it; amounts in minor units. */
export type BookedCharge = {
  readonly key: string;
  readonly reference: string;
  readonly status: string;
  readonly captured: number;
  readonly refunded: number;
  readonly createdAt: string;
};

/** What a check may look at: every service's tables through read-only roles, and the provider's own book over HTTP. */
export type View = {
  readonly database: (service: string) => Sql;
  readonly bus: Sql;
  readonly book: () => Promise<readonly BookedCharge[]>;
};

/** One thing that is not as it must be. `key` stays the same from one look to the next. */
export type Problem = { readonly key: string; readonly text: string };
/** `figure`: what was looked at, for people: "1,204 entries". */
export type Look = { readonly figure: string; readonly problems: readonly Problem[] };

/** An invariant of the running system, checked from outside. */
export type Check = { readonly name: string; readonly look: (view: View) => Promise<Look> };

export type Verdict = {
  readonly name: string;
  readonly ok: boolean;
  readonly figure: string;
  readonly problems: readonly string[];
};

export const counted = (n: number, one: string, many = `${one}s`): string =>
  `${n.toLocaleString("en")} ${n === 1 ? one : many}`;
