/** The field with 256 elements in which QR codes correct errors: x⁸ + x⁴ + x³ + x² + 1 (ISO/IEC 18004, 7.5.2). */
const exp = new Uint8Array(255);
const log = new Uint8Array(256);
for (let power = 0, value = 1; power < 255; power++) {
  exp[power] = value;
  log[value] = power;
  value <<= 1;
  if (value > 255) value ^= 0x11d;
}

const at = (table: Uint8Array, place: number): number => table[place] ?? 0;
export const power = (n: number): number => at(exp, n % 255);
export const times = (a: number, b: number): number => (a === 0 || b === 0 ? 0 : power(at(log, a) + at(log, b)));

/** The product of (x − αⁱ) for i below `degree`, without its leading 1, highest power first. */
function generator(degree: number): number[] {
  let poly = [1];
  for (let i = 0; i < degree; i++)
    poly = [...poly, 0].map((coefficient, place) => coefficient ^ times(poly[place - 1] ?? 0, power(i)));
  return poly.slice(1);
}

/** The code words that make `data` correctable: what is left of it divided by the generator. */
export function correction(data: readonly number[], degree: number): number[] {
  const divisor = generator(degree);
  const rest = new Array<number>(degree).fill(0);
  for (const word of data) {
    const factor = word ^ (rest.shift() ?? 0);
    rest.push(0);
    for (const [place, coefficient] of divisor.entries()) rest[place] = (rest[place] ?? 0) ^ times(coefficient, factor);
  }
  return rest;
}
