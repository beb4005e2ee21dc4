/** A colour as eyes take it: lightness 0–1, chroma 0–0.37, hue in degrees (OKLCH). */
export type Colour = { readonly l: number; readonly c: number; readonly h: number };

export const css = ({ l, c, h }: Colour): string => `oklch(${round(l)} ${round(c)} ${round(h)})`;
const round = (n: number) => Math.round(n * 1_000) / 1_000;
export const lighter = ({ l, c, h }: Colour, by: number): Colour => ({
  l: Math.max(0.12, Math.min(0.985, l + by)),
  c,
  h,
});

const colour = (l: number, c: number, h: number): Colour => ({ l, c, h });

/** What sellers write, and what it looks like. Longer names first where one contains another. */
const named: readonly (readonly [word: string, colour: Colour])[] = [
  ["terracotta", colour(0.62, 0.12, 42)],
  ["stoneware", colour(0.74, 0.03, 75)],
  ["porcelain", colour(0.93, 0.012, 90)],
  ["earthenware", colour(0.62, 0.09, 48)],
  ["stainless", colour(0.78, 0.008, 240)],
  ["galvanised", colour(0.74, 0.012, 230)],
  ["cast iron", colour(0.36, 0.01, 270)],
  ["charcoal", colour(0.36, 0.01, 260)],
  ["graphite", colour(0.4, 0.01, 260)],
  ["midnight", colour(0.34, 0.07, 265)],
  ["natural", colour(0.82, 0.04, 82)],
  ["turquoise", colour(0.7, 0.09, 200)],
  ["emerald", colour(0.52, 0.11, 160)],
  ["saffron", colour(0.78, 0.15, 75)],
  ["mustard", colour(0.74, 0.13, 85)],
  ["apricot", colour(0.8, 0.1, 62)],
  ["indigo", colour(0.42, 0.11, 270)],
  ["madder", colour(0.52, 0.14, 30)],
  ["oatmeal", colour(0.84, 0.03, 82)],
  ["heather", colour(0.62, 0.06, 320)],
  ["lavender", colour(0.72, 0.08, 300)],
  ["copper", colour(0.66, 0.11, 48)],
  ["walnut", colour(0.44, 0.06, 52)],
  ["bamboo", colour(0.78, 0.09, 82)],
  ["leather", colour(0.52, 0.09, 52)],
  ["cognac", colour(0.55, 0.11, 50)],
  ["beech", colour(0.78, 0.06, 72)],
  ["cherry", colour(0.52, 0.13, 28)],
  ["forest", colour(0.42, 0.07, 150)],
  ["olive", colour(0.58, 0.08, 115)],
  ["cream", colour(0.93, 0.03, 90)],
  ["ivory", colour(0.94, 0.025, 92)],
  ["chalk", colour(0.94, 0.008, 90)],
  ["white", colour(0.96, 0.004, 90)],
  ["black", colour(0.28, 0.008, 260)],
  ["slate", colour(0.48, 0.025, 250)],
  ["stone", colour(0.76, 0.02, 80)],
  ["smoke", colour(0.62, 0.01, 260)],
  ["steel", colour(0.76, 0.01, 240)],
  ["brass", colour(0.76, 0.11, 85)],
  ["amber", colour(0.68, 0.14, 65)],
  ["honey", colour(0.72, 0.14, 72)],
  ["clear", colour(0.9, 0.02, 200)],
  ["glass", colour(0.88, 0.025, 190)],
  ["linen", colour(0.85, 0.03, 80)],
  ["sage", colour(0.72, 0.05, 145)],
  ["moss", colour(0.55, 0.08, 125)],
  ["mint", colour(0.82, 0.08, 165)],
  ["rose", colour(0.74, 0.09, 15)],
  ["rust", colour(0.55, 0.13, 42)],
  ["brick", colour(0.53, 0.12, 35)],
  ["clay", colour(0.66, 0.09, 48)],
  ["sand", colour(0.83, 0.045, 78)],
  ["oat", colour(0.86, 0.03, 82)],
  ["ink", colour(0.36, 0.06, 262)],
  ["navy", colour(0.36, 0.08, 262)],
  ["blue", colour(0.56, 0.11, 250)],
  ["sky", colour(0.78, 0.07, 235)],
  ["teal", colour(0.55, 0.08, 195)],
  ["green", colour(0.56, 0.1, 148)],
  ["fern", colour(0.6, 0.11, 138)],
  ["grey", colour(0.66, 0.008, 260)],
  ["fog", colour(0.8, 0.008, 250)],
  ["ash", colour(0.74, 0.012, 80)],
  ["oak", colour(0.7, 0.075, 70)],
  ["elm", colour(0.62, 0.07, 62)],
  ["pink", colour(0.8, 0.08, 5)],
  ["plum", colour(0.45, 0.1, 340)],
  ["wine", colour(0.42, 0.12, 15)],
  ["fig", colour(0.44, 0.08, 330)],
  ["red", colour(0.56, 0.18, 28)],
  ["gold", colour(0.78, 0.12, 85)],
  ["yellow", colour(0.86, 0.14, 95)],
  ["orange", colour(0.72, 0.15, 55)],
  ["brown", colour(0.48, 0.07, 52)],
  ["peat", colour(0.4, 0.04, 60)],
  ["cork", colour(0.72, 0.07, 65)],
  ["iron", colour(0.4, 0.012, 260)],
  ["wool", colour(0.82, 0.03, 80)],
  ["cotton", colour(0.92, 0.015, 85)],
  ["jute", colour(0.7, 0.06, 78)],
  ["rattan", colour(0.74, 0.08, 72)],
  ["marble", colour(0.92, 0.006, 240)],
  ["granite", colour(0.58, 0.02, 160)],
  ["beeswax", colour(0.8, 0.12, 82)],
  ["paper", colour(0.95, 0.012, 85)],
];

/** Glazes, dyes and woods for what names no colour of its own. */
export const glazes: readonly Colour[] = [
  colour(0.72, 0.05, 145), // sage
  colour(0.66, 0.09, 48), // clay
  colour(0.5, 0.08, 262), // indigo
  colour(0.76, 0.11, 78), // honey
  colour(0.56, 0.03, 240), // slate
  colour(0.58, 0.07, 122), // moss
  colour(0.78, 0.06, 22), // rose
  colour(0.86, 0.03, 82), // oat
  colour(0.58, 0.06, 200), // sea
  colour(0.5, 0.07, 340), // plum
];

/** What such things are trimmed with: few colours, so that a shelf of them looks like one shop. */
const trims: readonly Colour[] = [
  colour(0.93, 0.03, 88), // cream
  colour(0.57, 0.12, 42), // terracotta
  colour(0.42, 0.07, 262), // ink
  colour(0.76, 0.11, 82), // brass
  colour(0.5, 0.06, 150), // bottle green
  colour(0.72, 0.075, 70), // oak
];

const leastContrast = 0.2;
/** One that stands out from the colour beside it. @param seed the same for the same thing */
export function trimFor(main: Colour, seed: number): Colour {
  const fitting = trims.filter(({ l }) => Math.abs(l - main.l) >= leastContrast);
  return fitting[seed % fitting.length] ?? { ...main, l: main.l > 0.6 ? 0.4 : 0.9 };
}

/** The first colour that a text speaks of. */
export const colourIn = (text: string): Colour | undefined => {
  const words = text.toLowerCase();
  let found: Colour | undefined;
  let at = Number.POSITIVE_INFINITY;
  for (const [word, value] of named) {
    const place = words.search(new RegExp(`\\b${word}`));
    if (place >= 0 && place < at) {
      at = place;
      found = value;
    }
  }
  return found;
};

/** The same number for the same text, spread evenly: FNV-1a. */
export function hash(text: string): number {
  let value = 2_166_136_261;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 16_777_619);
  return value >>> 0;
}
