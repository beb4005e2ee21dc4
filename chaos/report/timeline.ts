import type { Outcome } from "../outcome.ts";
import { escaped } from "./escaped.ts";

const width = 1_000;
const left = 8;
const barsTop = 26;
const barsHeight = 110;
const rowHeight = 17;
const colours = {
  ok: "#2f8f5b",
  fail: "#8a8f98",
  unknown: "#c8432b",
  fault: "#e8d9b5",
  edge: "#a07d2c",
  calm: "#d9ecdf",
};

/**
 * The run as a picture: operations a second by their end, below it a row for each experiment with every fault that struck. An SVG
 * that stands for itself in a page or a file.
 */
export function timeline({ ops, trials, marks, durationMs, calmFrom }: Outcome): string {
  const until = Math.max(1_000, ...ops.map(({ ended, begun }) => ended ?? begun), ...trials.map(({ to }) => to));
  const span = Math.min(durationMs, until);
  const x = (ms: number) => left + (Math.min(ms, span) / span) * (width - 2 * left);
  const buckets = Math.min(200, Math.max(20, Math.ceil(span / 500)));
  const each = span / buckets;
  const counts = Array.from({ length: buckets }, () => ({ ok: 0, fail: 0, unknown: 0 }));
  for (const { begun, type } of ops) {
    const bucket = counts[Math.min(buckets - 1, Math.floor(begun / each))];
    if (bucket) bucket[type]++;
  }
  const most = Math.max(1, ...counts.map(({ ok, fail, unknown }) => ok + fail + unknown));
  const bars = counts.flatMap((bucket, i) => {
    let y = barsTop + barsHeight;
    return (["ok", "fail", "unknown"] as const).flatMap((kind) => {
      const height = (bucket[kind] / most) * barsHeight;
      if (height === 0) return [];
      y -= height;
      return `<rect x="${x(i * each).toFixed(1)}" y="${y.toFixed(1)}" width="${Math.max(0.6, (width - 2 * left) / buckets - 0.6).toFixed(1)}" height="${height.toFixed(1)}" fill="${colours[kind]}"/>`;
    });
  });
  const rowsTop = barsTop + barsHeight + 24;
  const rows = trials.flatMap(({ name, from, to, failed }, i) => {
    const y = rowsTop + i * rowHeight;
    const inside = marks.filter(({ at }) => at >= from - 50 && at <= to + 50);
    const labelRight = x(to) < width * 0.6;
    return [
      `<rect x="${x(from).toFixed(1)}" y="${y}" width="${Math.max(2, x(to) - x(from)).toFixed(1)}" height="${rowHeight - 4}" rx="2" fill="${colours.fault}"><title>${escaped(name)}</title></rect>`,
      ...inside.map(
        ({ at, what }) =>
          `<line x1="${x(at).toFixed(1)}" x2="${x(at).toFixed(1)}" y1="${y}" y2="${y + rowHeight - 4}" stroke="${colours.edge}"><title>${escaped(what)} at ${(at / 1_000).toFixed(1)} s</title></line>`,
      ),
      `<text x="${(labelRight ? x(to) + 5 : x(from) - 5).toFixed(1)}" y="${y + 10}" font-size="10" text-anchor="${labelRight ? "start" : "end"}" fill="${failed === undefined ? "#444" : colours.unknown}">${escaped(name)}</text>`,
    ];
  });
  const height = rowsTop + trials.length * rowHeight + 24;
  const seconds = span / 1_000;
  const step = [5, 10, 15, 30, 60, 120, 300, 600, 1_800, 3_600].find((s) => seconds / s <= 12) ?? 3_600;
  const ticks = Array.from({ length: Math.floor(seconds / step) + 1 }, (_, i) => i * step).map(
    (s) =>
      `<text x="${x(s * 1_000).toFixed(1)}" y="${height - 8}" font-size="10" fill="#666" text-anchor="middle">${s} s</text>`,
  );
  const legend = (["ok", "fail", "unknown"] as const).map(
    (kind, i) =>
      `<rect x="${left + i * 150}" y="6" width="10" height="10" fill="${colours[kind]}"/><text x="${left + 14 + i * 150}" y="15" font-size="11" fill="#444">${{ ok: "succeeded", fail: "refused, as meant", unknown: "no answer" }[kind]}</text>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" role="img" aria-label="What shoppers asked, over time, and which faults struck">`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    `<rect x="${x(calmFrom).toFixed(1)}" y="${barsTop}" width="${(x(span) - x(calmFrom)).toFixed(1)}" height="${barsHeight}" fill="${colours.calm}"/>`,
    ...legend,
    `<text x="${width - left}" y="15" font-size="11" fill="#444" text-anchor="end">at most ${((most * 1_000) / each).toFixed(0)} operations/s; green ground: no fault any more</text>`,
    ...bars,
    ...rows,
    ...ticks,
    "</svg>",
  ].join("\n");
}
