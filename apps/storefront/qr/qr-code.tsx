import { qrMatrix } from "./qr-matrix.ts";

/** As wide as the standard wants it left blank around the code, in modules. */
const quiet = 4;

type Props = {
  readonly text: string;
  /** What it is for, for whoever does not see it. */
  readonly label: string;
};

/** A text to be read by another device's camera. Dark on light in every theme: not every reader knows the opposite. */
export function QrCode({ text, label }: Props) {
  const matrix = qrMatrix(text);
  const size = matrix.length + 2 * quiet;
  const dark = matrix.flatMap((row, y) =>
    row.flatMap((isDark, x) => (isDark ? `M${x + quiet} ${y + quiet}h1v1h-1z` : [])),
  );
  return (
    <svg className="qr-code" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label} shapeRendering="crispEdges">
      <rect width={size} height={size} fill="#fff" />
      <path d={dark.join("")} fill="#000" />
    </svg>
  );
}
