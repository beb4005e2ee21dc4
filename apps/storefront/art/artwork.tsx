import { type CSSProperties, memo } from "react";
import { type Colour, colourIn, css, glazes, hash, lighter, trimFor } from "./palette.ts";
import { shapeOf } from "./shape-of.ts";
import shapes from "./shapes.svg";

export type Drawn = {
  readonly title: string;
  readonly category: string;
  readonly variant?: string;
  readonly options?: Readonly<Record<string, string>>;
  readonly attributes?: Readonly<Record<string, unknown>>;
};
/** Further away, or near enough to see what it is made of. */
export type View = "whole" | "near" | "far";

const oak: Colour = { l: 0.7, c: 0.075, h: 70 };
const walnut: Colour = { l: 0.46, c: 0.06, h: 52 };
const brass: Colour = { l: 0.76, c: 0.1, h: 85 };
const steel: Colour = { l: 0.74, c: 0.008, h: 240 };
const copper: Colour = { l: 0.64, c: 0.11, h: 48 };
const metals = /\b(brass|copper|steel|iron|galvanised|zinc|aluminium|silver)\b/i;

const text = (value: unknown): string => (Array.isArray(value) ? value.join(" ") : String(value ?? ""));

/** Colours that the product names, and where it names none, some that suit it and are always the same. */
function coloursOf({ title, options = {}, attributes = {}, variant = "" }: Drawn, seed: number) {
  const said = [options["colour"] ?? options["glaze"] ?? "", variant, ...Object.values(options)].join(" ");
  const made = `${text(attributes["colour"])} ${text(attributes["material"])}`;
  const main = colourIn(said) ?? colourIn(`${made} ${title}`) ?? glazes[seed % glazes.length] ?? oak;
  const accent = trimFor(main, seed >>> 4);
  const all = `${said} ${made} ${title}`;
  return {
    main,
    accent,
    wood: /walnut|dark|ebony/i.test(all) ? walnut : oak,
    metal: /copper/i.test(all) ? copper : /brass|gold/i.test(all) ? brass : steel,
    shines: metals.test(`${made} ${title} ${said}`),
  };
}

/** What the shapes are painted with. */
function paint(product: Drawn, seed: number): CSSProperties {
  const { main, accent, wood, metal, shines } = coloursOf(product, seed);
  const hue = Math.round(main.c < 0.02 ? 75 + (seed % 3) * 70 : main.h + ((seed >>> 3) % 2) * 25);
  const colours = {
    "--hue": hue,
    "--main": css(main),
    "--dark": css(lighter(main, -0.12)),
    "--deep": css(lighter(main, -0.26)),
    "--light": css(lighter(main, 0.08)),
    "--pale": css(lighter(main, 0.16)),
    "--accent": css(accent),
    "--accent-dark": css(lighter(accent, -0.14)),
    "--accent-light": css(lighter(accent, 0.1)),
    "--wood": css(wood),
    "--metal": css(metal),
    "--matt": shines ? 0.35 : 1,
    "--shine": shines ? 0.9 : 0,
  };
  return colours as CSSProperties; // as: React's type knows no custom properties
}

const boxes: Readonly<Record<View, string>> = { whole: "0 0 400 400", near: "86 96 212 212", far: "-60 -40 520 520" };
const sets = 4;

/**
 * A picture of a product that was never photographed: a shape by what it is, colours by its own data, the same every time. For those
 * who do not see it, it is decoration: the title stands beside it.
 */
export const Artwork = memo(function Artwork({ product, view = "whole" }: { product: Drawn; view?: View }) {
  const seed = hash(product.title);
  return (
    <svg
      className="art"
      viewBox={boxes[view]}
      preserveAspectRatio="xMidYMid slice"
      aria-hidden="true"
      style={paint(product, seed)}
    >
      <rect className="art-wall" x="-300" y="-300" width="1000" height="1000" />
      <Backdrop set={seed % sets} />
      <ellipse className="art-shadow" cx="204" cy="326" rx="132" ry="15" />
      <use href={`${shapes}#${shapeOf(product.title, product.category, seed)}`} width="400" height="400" />
    </svg>
  );
});

/** What stands behind: an arch, a sun, a shelf, or only the floor. */
function Backdrop({ set }: { set: number }) {
  const floor = <rect className="art-floor" x="-300" y="300" width="1000" height="400" />;
  switch (set) {
    case 0:
      return (
        <>
          <path className="art-niche" d="M66 300V180C66 100 124 40 200 40s134 60 134 140v120z" />
          {floor}
        </>
      );
    case 1:
      return (
        <>
          <circle className="art-niche" cx="236" cy="164" r="118" />
          {floor}
        </>
      );
    case 2:
      return (
        <>
          <rect className="art-niche" x="210" y="-300" width="500" height="620" />
          {floor}
        </>
      );
    default:
      return floor;
  }
}

const shade = { round: [0.2, -0.02, -0.2, 0, 0.3], metallic: [0.3, -0.4, -0.55, 0.14, -0.2, 0.4] } as const;
const places = { round: [0, 0.22, 0.4, 0.62, 1], metallic: [0, 0.16, 0.28, 0.48, 0.7, 1] } as const;

/** How light falls on what is round and on what shines; the shapes ask for it by name. Stands once in the page. */
export const ArtLight = () => (
  <svg width="0" height="0" className="art-light" aria-hidden="true">
    <defs>
      {(["round", "metallic"] as const).map((id) => (
        <linearGradient id={id} key={id}>
          {shade[id].map((depth, place) => (
            <stop
              key={places[id][place]}
              offset={places[id][place]}
              stopColor={depth < 0 ? "#fff" : "#000"}
              stopOpacity={Math.abs(depth)}
            />
          ))}
        </linearGradient>
      ))}
    </defs>
  </svg>
);
