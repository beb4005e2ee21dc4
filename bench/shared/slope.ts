/** Of the straight line through samples taken at even intervals, by least squares: units of the samples per interval; 0 for fewer than two. */
export function slope(samples: readonly number[]): number {
  const middle = (samples.length - 1) / 2;
  const mean = samples.reduce((sum, y) => sum + y, 0) / samples.length;
  let [products, squares] = [0, 0];
  for (const [x, y] of samples.entries()) {
    products += (x - middle) * (y - mean);
    squares += (x - middle) ** 2;
  }
  return squares === 0 ? 0 : products / squares;
}
