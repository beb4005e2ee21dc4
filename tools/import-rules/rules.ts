import { cycles } from "./cycles.ts";
import { type Place, placeOf } from "./place.ts";
import type { Import, Source } from "./source.ts";
import type { Tree } from "./tree.ts";
import type { Use } from "./uses.ts";

export type Violation = { readonly path: string; readonly line: number; readonly rule: string; readonly mend: string };

/** What a rule about imports sees: `to` is undefined for a package from outside or a module of Node. */
type Step = { readonly from: Place; readonly to: Place | undefined; readonly specifier: string };
/** Says what to do instead, or undefined when all is well. */
type ImportRule = (step: Step) => string | undefined;

const isContract = ({ area, inside }: Place) => area === "services" && inside === "contract.ts";
const isModule = (place: Place | undefined, ...units: string[]) =>
  place?.area === "platform" && units.includes(place.unit);
const sameUnit = (a: Place, b: Place | undefined) => a.area === b?.area && a.unit === b.unit;

/** Each module of the chassis and what it may stand on; `testing` may stand on all of them. */
const layers: Readonly<Record<string, readonly string[]>> = (() => {
  const levels = [
    ["kernel"],
    ["contract", "telemetry"],
    ["postgres", "resilience"],
    ["mesh", "http", "messaging", "event-store"],
    ["saga"],
    ["service"],
  ];
  return Object.fromEntries(levels.flatMap((level, n) => level.map((unit) => [unit, levels.slice(0, n).flat()])));
})();

/** They may use the test kit, but are not part of it. */
const programs = ["e2e", "bench", "chaos"];

const importRules: Readonly<Record<string, ImportRule>> = {
  "one-door": ({ from, to }) => {
    if (to?.area !== "services" || sameUnit(from, to) || isContract(to)) return undefined;
    // What plays the world outside for a service's own tests plays it for a whole shop, too.
    if (programs.includes(from.area) && to.inside.endsWith(".fixture.ts")) return undefined;
    // Tools read whole declarations, and a declaration holds everything of a service.
    if (from.area !== "services" && from.area !== "apps" && to.inside === "service.ts") return undefined;
    return `import services/${to.unit}/contract.ts, the only door of ${to.unit}`;
  },
  "workspaces-by-name": ({ from, to, specifier }) =>
    to && specifier.startsWith(".") && !sameUnit(from, to) && ["platform", "services", "apps"].includes(from.area)
      ? `write @souk/${to.unit} instead of a path out of this workspace`
      : undefined,
  "portable-contract": ({ from, to, specifier }) => {
    const portable = /^(contract\.ts|errors\.ts|contract\/.*)$/;
    if (from.area !== "services" || from.test || !portable.test(from.inside)) return undefined;
    if (
      isModule(to, "kernel", "contract") ||
      (to && isContract(to)) ||
      (to && sameUnit(from, to) && portable.test(to.inside))
    )
      return undefined;
    return `contracts run in browsers: @souk/kernel and @souk/contract only, not ${specifier}`;
  },
  "pure-domain": ({ from, to, specifier }) => {
    const own = /^(domain\/.*|errors\.ts)$/;
    if (from.area !== "services" || from.test || !from.inside.startsWith("domain/")) return undefined;
    if (isModule(to, "kernel") || (to && sameUnit(from, to) && own.test(to.inside))) return undefined;
    return `the domain is pure: @souk/kernel, domain/ and errors.ts only, not ${specifier}; pass it in as data`;
  },
  "chassis-below-services": ({ from, to }) =>
    from.area === "platform" && to && to.area !== "platform"
      ? "the chassis knows nothing that is built on it; pass it in"
      : undefined,
  "chassis-layers": ({ from, to }) => {
    if (from.area !== "platform" || to?.area !== "platform" || sameUnit(from, to) || from.test || to.unit === "testing")
      return undefined;
    const below = layers[from.unit];
    if (!below) return `give platform/${from.unit} a place among the layers in tools/import-rules/rules.ts`;
    return below.includes(to.unit)
      ? undefined
      : `platform/${from.unit} stands on ${below.join(", ") || "nothing"} only; pass it in`;
  },
  "test-kit-in-tests": ({ from, to }) =>
    to?.test && !from.test && !programs.includes(to.area)
      ? `${to.path} is for tests only, and this is not a test`
      : undefined,
  "apps-know-contracts": ({ from, to }) =>
    from.area === "apps" && to && to.area !== "apps" && !isContract(to) && !isModule(to, "kernel", "contract")
      ? "an app imports contracts only, and talks to the gateway"
      : undefined,
};

type UseRule = (place: Place, use: Use, tree: Tree) => string | undefined;

/** The few files of the chassis that own time, chance and the environment, for all others. */
const owners = /^platform\/(kernel\/clock|service\/(main|world)|postgres\/(embedded|file-lock|postmaster))\.ts$/;
const readsOutsideWorld = ["clock", "chance", "timer", "environment"];
const given: Readonly<Record<string, string>> = {
  clock: "take `now` or a Clock as an argument",
  chance: "take `newId`, `newSecret` or a Chance as an argument",
  timer: "take a Clock as an argument: clock.after, or sleep from @souk/kernel",
  environment: "declare it in the service's `config` and take the parsed value",
};

const useRules: Readonly<Record<string, UseRule>> = {
  "outside-world-is-given": (place, { kind, text }) => {
    if (
      !readsOutsideWorld.includes(kind) ||
      place.test ||
      !["platform", "services"].includes(place.area) ||
      owners.test(place.path)
    )
      return undefined;
    // Randomness that no decision depends on (a key, a span id) is the chassis' own business; services draw it from `newId` and `newSecret`.
    if (place.area === "platform" && text.startsWith("crypto.")) return undefined;
    return `not ${text} here: ${given[kind]}`;
  },
  "sql-under-db": (place, { kind }) =>
    kind === "sql" && !place.test && ["services", "apps"].includes(place.area) && !place.inside.startsWith("db/")
      ? "move the statement to a function under db/"
      : undefined,
  "chassis-names-no-service": (place, { kind, text }, { services }) => {
    if (kind !== "word" || place.area !== "platform" || place.test) return undefined;
    const named = services.find(
      (service) => text === service || text.startsWith(`${service}.`) || text.startsWith(`@souk/${service}`),
    );
    return named && `the chassis knows no service: take "${text}" from configuration or an argument`;
  },
};

export function check(tree: Tree): Violation[] {
  const found = tree.sources.flatMap((source) => {
    const place = placeOf(source.path);
    return [...checkImports(tree, source, place), ...checkUses(tree, source, place)];
  });
  return [...found, ...checkCycles(tree)];
}

const checkImports = (tree: Tree, { path, imports }: Source, from: Place): Violation[] =>
  imports.flatMap(({ line, specifier }: Import) => {
    const target = tree.resolve(path, specifier);
    const step = { from, to: target === undefined ? undefined : placeOf(target), specifier };
    return Object.entries(importRules).flatMap(([rule, mendOf]) => violation(path, line, rule, mendOf(step)));
  });

const checkUses = (tree: Tree, { path, uses }: Source, place: Place): Violation[] =>
  uses.flatMap((use) =>
    Object.entries(useRules).flatMap(([rule, mendOf]) => violation(path, use.line, rule, mendOf(place, use, tree))),
  );

const violation = (path: string, line: number, rule: string, mend: string | undefined): Violation[] =>
  mend === undefined ? [] : [{ path, line, rule, mend }];

/** Only imports that exist at run time count: types may refer to each other. */
function checkCycles(tree: Tree): Violation[] {
  const lineTo = new Map<string, Map<string, number>>();
  for (const { path, imports } of tree.sources) {
    const targets = imports.flatMap(({ line, specifier, typeOnly }): [string, number][] => {
      const target = typeOnly ? undefined : tree.resolve(path, specifier);
      return target === undefined ? [] : [[target, line]];
    });
    lineTo.set(path, new Map(targets));
  }
  return cycles(new Map([...lineTo].map(([path, targets]) => [path, [...targets.keys()]]))).map((cycle) => {
    const [first = "", second = first] = cycle;
    const line = lineTo.get(first)?.get(second) ?? 1;
    return {
      path: first,
      line,
      rule: "no-cycles",
      mend: `two modules that need each other are one: ${[...cycle, first].join(" → ")}`,
    };
  });
}
