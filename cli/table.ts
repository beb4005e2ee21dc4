/** Columns as wide as their widest cell. Colours in cells do not count as width; the last column is not padded. */
export function table(rows: readonly (readonly string[])[], alignRight: readonly number[] = []): string[] {
  const widths = rows.reduce<number[]>((widest, row) => {
    for (const [i, cell] of row.entries()) widest[i] = Math.max(widest[i] ?? 0, visibleLength(cell));
    return widest;
  }, []);
  return rows.map((row) =>
    row
      .map((cell, i) => {
        const space = " ".repeat((widths[i] ?? 0) - visibleLength(cell));
        if (alignRight.includes(i)) return space + cell;
        return i === row.length - 1 ? cell : cell + space;
      })
      .join("  "),
  );
}

const escapes = /\u001b\[[0-9;]*m/g;
const visibleLength = (text: string): number => text.replace(escapes, "").length;
