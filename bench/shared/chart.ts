import type { Figure } from "./record.ts";

const width = 760;
const labels = 300;
const row = 24;
const top = 26;
const escaped = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/**
 * Bars for figures of one unit: as long as the median, with a line from the least to the most of the rounds. An SVG that stands for itself.
 * @param title what is shown, with its unit
 */
export function bars(title: string, figures: readonly Figure[]): string {
  const most = Math.max(...figures.flatMap(({ value, rounds }) => [value, ...rounds]), 1e-9);
  const x = (value: number) => labels + (value / most) * (width - labels - 80);
  const height = top + figures.length * row + 10;
  const drawn = figures.flatMap(({ name, value, rounds }, i) => {
    const y = top + i * row;
    const middle = y + row / 2 - 2;
    const end = Math.max(x(value), ...rounds.map(x));
    return [
      `<text x="${labels - 8}" y="${middle + 4}" text-anchor="end">${escaped(name)}</text>`,
      `<rect x="${labels}" y="${y}" width="${(x(value) - labels).toFixed(1)}" height="${row - 6}" rx="2" fill="#4c7d9c"/>`,
      ...(rounds.length > 1
        ? [
            `<line x1="${x(Math.min(...rounds)).toFixed(1)}" x2="${x(Math.max(...rounds)).toFixed(1)}" y1="${middle}" y2="${middle}" stroke="#1d2f3a" stroke-width="1.5"/>`,
          ]
        : []),
      `<text x="${(end + 6).toFixed(1)}" y="${middle + 4}">${value.toLocaleString("en")}</text>`,
    ];
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="11" fill="#333" role="img" aria-label="${escaped(title)}">`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    `<text x="8" y="15" font-size="12" font-weight="600">${escaped(title)}</text>`,
    ...drawn,
    "</svg>",
    "",
  ].join("\n");
}
