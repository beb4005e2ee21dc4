import assert from "node:assert/strict";
import { test } from "node:test";
import { testDatabase } from "@souk/testing";
import { stemEnglish } from "./stem-english.ts";
import { stemGerman } from "./stem-german.ts";
import { folded } from "./words.ts";

const { sql } = await testDatabase({ sets: [] });

const english = `
  abilities able added agreed allowed analogical apologies authorities baking batteries becoming beautifully bedding beds best bias blankets blessed
  boxes brass brushes buttons buying candles ceramics cheerful cities classes coffee colourful communication conditional connected cosmos cried
  cups curtains dangerously dictionaries digital dishes doing drinking dried dying early earring effectively electrical elegant embroidered
  engraved exceeding fabrics falling families feed feeding finely flies flowers foxes gas generously gently gifts glasses glazed gloves
  going handmade happiness herring hoping hopping hopefulness idly inning insulated itemization jewellery jugs kettles keys knives knitted
  lanterns leather leaves lessons lights linens lying mahogany making matches mugs national naturally news ninety noises oranges organically
  outing painted paper patterned pens pillows plates playing pottery precious prized proceed quality quilts rational recycled relational
  roses rugs running sandals scarves sewing shelves shoes singly skies skis sky socks sofas spoons stitched stoneware straps succeed sunglasses
  tables tables tallest tanned teapots tied ties towels toys trousers tying ugly uniqueness uses vases velvety vintage walking wardrobes washed
  watches waxed willow wines wooden woollen working wraps writing yarns yellow youngest zips`;
const german = `
  Schränke Schrank Häuser Haus Bücher Büchern Kinder Kleider Kleidung Tassen Tasse Gläser Messer Möbel Teller Teekannen Kerzen Lampen
  Wollsocken handgemachte handgemacht Verpackung Verpackungen Freiheit Möglichkeiten möglich gelber gelbe gelbes schwarzen Holzbretter
  Ergebnisse Ergebnis elektrischer häuslich freundlich freundlichkeiten Zubereitung ständig laufend laufende größte schönsten schön System
  Systeme Decken Decke Kissen weiße weißer grüne Grün blaue blauen Steingut Kaffee Tee Töpfe Topf Schuhe Schuh Taschen lederne genähte Farben
  farbig einfarbig natürlichen Wolle wollen Spielzeuge Uhren quer neuen neue Eule Eulen`;

for (const [dictionary, stem, words] of [
  ["english_stem", stemEnglish, english],
  ["german_stem", stemGerman, german],
] as const) {
  test(`words have the stems that PostgreSQL's ${dictionary} gives them`, async () => {
    const given = words.trim().split(/\s+/);
    const rows = await sql<{ word: string; stems: string[] }>`
      select word, ts_lexize(${dictionary}::regdictionary, word) as stems from unnest(${given}::text[]) word`;
    const told = rows.filter(({ stems }) => stems.length > 0); // stop words have none
    assert.ok(told.length > 70);
    for (const { word, stems } of told) assert.equal(stem(folded(word)), stems[0], word);
  });
}

test("what is no word of the language stays as it is", () => {
  for (const word of ["12.5", "xl", "3d", "ポット"])
    assert.deepEqual([stemEnglish(word), stemGerman(word)], [word, word]);
});
