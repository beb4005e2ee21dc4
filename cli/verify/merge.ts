/** Pages of rows in ascending order of their key, from a query that goes on after the last one. */
export async function* inOrder<Row extends { readonly key: string }>(
  page: (after: string, limit: number) => Promise<readonly Row[]>,
): AsyncGenerator<Row> {
  const limit = 10_000;
  for (let after = ""; ; ) {
    const rows = await page(after, limit);
    yield* rows;
    const last = rows.at(-1);
    if (!last || rows.length < limit) return;
    after = last.key;
  }
}

/** The full outer join of two ascending sequences with unique keys, in constant memory. */
export async function* merged<A extends { readonly key: string }, B extends { readonly key: string }>(
  left: AsyncIterator<A>,
  right: AsyncIterator<B>,
): AsyncGenerator<{ key: string; left?: A; right?: B }> {
  let [a, b] = await Promise.all([left.next(), right.next()]);
  while (!a.done || !b.done) {
    if (!a.done && (b.done || a.value.key < b.value.key)) {
      yield { key: a.value.key, left: a.value };
      a = await left.next();
    } else if (!b.done && (a.done || b.value.key < a.value.key)) {
      yield { key: b.value.key, right: b.value };
      b = await right.next();
    } else if (!a.done && !b.done) {
      yield { key: a.value.key, left: a.value, right: b.value };
      [a, b] = await Promise.all([left.next(), right.next()]);
    }
  }
}

/** Rows that are there already, as a sequence to merge. */
export async function* iterate<T>(rows: readonly T[]): AsyncGenerator<T> {
  yield* rows;
}
