import type { Tx } from "@souk/postgres";
import type { ReadHistory } from "./generations.ts";

/** As an owner is asked for a page of its history; without `after` for the first. */
type Ask<R> = (input: { readonly query: { readonly after?: string } }) => Promise<{
  readonly data: readonly R[];
  readonly next: string | null;
}>;

/** A history that an owner tells page by page. @param write as `HistoryPage` wants it */
export const history =
  <R>(ask: Ask<R>, write: (tx: Tx, told: readonly R[], generation: number) => Promise<unknown>): ReadHistory =>
  async (after) => {
    const { data, next } = await ask({ query: after === undefined ? {} : { after } });
    return { write: (tx, generation) => write(tx, data, generation), told: data.length, next };
  };
